import { ask } from './api.js';
import { button, change, h } from './dom.js';
import { field } from './fields.js';
import { t } from './language.js';
import { attempt, createNotice } from './problem.js';
import { session } from './session.js';
import { setTitle } from './titles.js';

/** Sign in or sign up. */
export function accountView(root) {
  const draw = (signingUp) => {
    const other = button(t(signingUp ? 'account.signIn' : 'account.make'), () => draw(!signingUp), {
      className: 'link',
    });
    const card = h(
      'section',
      { className: 'card narrow' },
      h('h1', {}, t(signingUp ? 'account.make' : 'account.signIn')),
      form(signingUp),
      h('p', {}, t(signingUp ? 'account.haveOne' : 'account.new'), ' ', other),
    );
    change(root, () => root.replaceChildren(card));
  };
  setTitle(t('account.signIn'));
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
  const submit = h('button', { className: 'primary' }, t(signingUp ? 'account.signUp' : 'account.signIn'));
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
    t('account.name'),
    { name: 'name', autocomplete: 'name', required: true, maxLength: 100 },
    { wrong: t('account.nameWrong') },
  );

const emailField = () =>
  field(
    t('account.email'),
    { type: 'email', name: 'email', autocomplete: 'username', required: true },
    { wrong: t('account.emailWrong') },
  );

const passwordField = (signingUp) =>
  field(
    t('account.password'),
    {
      type: 'password',
      name: 'password',
      required: true,
      autocomplete: signingUp ? 'new-password' : 'current-password',
    },
    signingUp
      ? {
          hint: t('account.passwordHint'),
          wrong: t('account.passwordWrong'),
        }
      : { wrong: t('account.passwordMissing') },
  );
