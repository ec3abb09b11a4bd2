import { ask } from '../js/api.js';
import { button, h } from '../js/dom.js';
import { field } from '../js/fields.js';
import { attempt, createNotice } from '../js/problem.js';
import { session } from '../js/session.js';

/** Who works at the desk signs in with the account that they have. */
export function signInView(root) {
  const notice = createNotice();
  if (session.endedBecause !== null) notice.show(session.endedBecause);
  const fields = {
    email: field('Email', { type: 'email', name: 'email', autocomplete: 'username', required: true }),
    password: field('Password', {
      type: 'password',
      name: 'password',
      autocomplete: 'current-password',
      required: true,
    }),
  };
  const submit = h('button', { className: 'primary' }, 'Sign in');
  const send = async () => {
    const body = { email: fields.email.input.value, password: fields.password.input.value };
    session.signIn(await ask('POST', '/api/auth/login', { body }));
  };
  const form = h(
    'form',
    {
      noValidate: true,
      onsubmit: (event) => {
        event.preventDefault();
        void attempt(notice, submit, send, fields);
      },
    },
    notice.element,
    Object.values(fields).map(({ element }) => element),
    submit,
  );
  root.append(
    h(
      'section',
      { className: 'card narrow' },
      h('h1', {}, "The operators' desk"),
      h('p', {}, 'For operators, support and door staff.'),
      form,
    ),
  );
}

/** Signed in, and none of those. */
export function strangerView(root, { staff, onSignOut }) {
  root.append(
    h(
      'section',
      { className: 'card narrow' },
      h('h1', {}, 'Not an account of the desk'),
      h('p', {}, `You are signed in as ${staff.name}, who is neither operator nor support nor door staff. `),
      h('p', {}, 'An operator can give you a role; this page then opens by itself within a minute.'),
      h(
        'div',
        { className: 'row' },
        button('Sign out', () => void onSignOut(), { className: 'primary' }),
      ),
      h('p', {}, h('a', { href: '/' }, "To the fans' page")),
    ),
  );
}
