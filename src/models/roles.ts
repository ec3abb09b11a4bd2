/** What somebody may do here: a user is a fan, an operator may do everything. */
export const ROLES = ['user', 'operator', 'support', 'door'] as const;

export type Role = (typeof ROLES)[number];

/** Of those who work here. */
export type StaffRole = Exclude<Role, 'user'>;
