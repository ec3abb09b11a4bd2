import { ask } from './api.js';
import { button, change, h } from './dom.js';
import { field } from './fields.js';
import { attempt, createNotice } from './problem.js';
import { session } from './session.js';

/** Sign in or sign up. */
export function accountView(root) {
  const draw = (signingUp) => {
    const other = button(signingUp ? 'Sign in' : 'Make an account', () => draw(!signingUp), {
      className: 'link',
    });
    const card = h(
      'section',
      { className: 'card narrow' },
      h('h1', {}, signingUp ? 'Make an account' : 'Sign in'),
      form(signingUp),
      h('p', {}, signingUp ? 'You have one already? ' : 'New here? ', other),
    );
    change(root, () => root.replaceChildren(card));
  };
  draw(false);
}

function form(signingUp) {
  const notice = createNotice();
  if (session.endedBecause !== null) notice.show(session.endedBecause);
  const fields = {
    ...(signingUp ? { name: nameField() } : {}),
    email: emailField(),
    password: passwordField(signingUp),
  };
  const submit = h('button', { className: 'primary' }, signingUp ? 'Sign up' : 'Sign in');
  const send = async () => {
    const body = Object.fromEntries(Object.entries(fields).map(([name, { input }]) => [name, input.value]));
    session.signIn(await ask('POST', signingUp ? '/api/auth/signup' : '/api/auth/login', { body }));
  };
  return h(
    'form',
    {
      // What is wrong is told by the service, beside the field and for as long as it is wrong: not by a passing bubble.
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
}

const nameField = () =>
  field(
    'Name',
    { name: 'name', autocomplete: 'name', required: true, maxLength: 100 },
    { wrong: 'Type your name: 100 characters at most.' },
  );

const emailField = () =>
  field(
    'Email',
    { type: 'email', name: 'email', autocomplete: 'username', required: true },
    { wrong: 'Type an email address, such as name@example.com.' },
  );

const passwordField = (signingUp) =>
  field(
    'Password',
    {
      type: 'password',
      name: 'password',
      required: true,
      autocomplete: signingUp ? 'new-password' : 'current-password',
    },
    signingUp
      ? {
          hint: 'At least 8 characters.',
          wrong: 'Too short or too long: 8 characters at least, 200 at most.',
        }
      : { wrong: 'Type your password.' },
  );
