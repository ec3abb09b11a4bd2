import { ask } from '../../js/api.js';
import { field } from '../../js/fields.js';
import { form } from '../forms.js';

/** A concert's words and its limit. Only what was changed is sent: two operators may work at one concert. */
export function termsForm({ id, ...concert }, onChange) {
  const fields = {
    title: field('Title', { required: true, maxLength: 200, value: concert.title }),
    description: field('Description', { maxLength: 5000, value: concert.description }),
    seatLimit: field(
      'Seats per fan and date',
      { type: 'number', min: 1, max: 1000, required: true, value: String(concert.seatLimit) },
      { hint: 'What somebody has already stays theirs' },
    ),
  };
  const values = () => ({
    title: fields.title.input.value,
    description: fields.description.input.value,
    seatLimit: Number(fields.seatLimit.input.value),
  });
  let shown = { title: concert.title, description: concert.description, seatLimit: concert.seatLimit };
  const send = async () => {
    const body = Object.fromEntries(
      Object.entries(values()).filter(([name, value]) => value !== shown[name]),
    );
    if (Object.keys(body).length === 0) return ['Nothing to change.'];
    const answer = await ask('PATCH', `/api/admin/concerts/${encodeURIComponent(id)}`, { body });
    shown = { ...shown, ...body };
    onChange(answer.concert);
    return ['In force.', 'Within seconds, in every process.'];
  };
  const elements = Object.values(fields).map(({ element }) => element);
  return form('Title and limit', 'Change it', elements, send, fields);
}
