-- Whether a waiting room admits more fans than there are free seats to choose from.

ALTER TABLE concerts ADD COLUMN admit_beyond_stock boolean NOT NULL DEFAULT true;
