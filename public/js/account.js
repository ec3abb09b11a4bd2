import { ask } from './api.js';
import { button, field, h } from './dom.js';
import { attempt, createNotice } from './problem.js';
import { session } from './session.js';

/** Sign in or sign up. `operator`: shown instead of what only operators see. */
export function accountView(root, { operator = false }) {
  const draw = (signingUp) => {
    root.replaceChildren(
      h(
        'section',
        { className: 'card narrow' },
        h('h1', {}, signingUp ? 'Make an account' : 'Sign in'),
        operator ? h('p', {}, "The operator corner needs an operator's account.") : null,
        form(signingUp),
        operator
          ? null
          : h(
              'p',
              {},
              signingUp ? 'You have one already? ' : 'New here? ',
              button(signingUp ? 'Sign in' : 'Make an account', () => draw(!signingUp), {
                className: 'link',
              }),
            ),
      ),
    );
  };
  draw(false);
}

function form(signingUp) {
  const notice = createNotice();
  if (session.endedBecause !== null) notice.show(session.endedBecause);
  const name = field('Name', { name: 'name', autocomplete: 'name', required: true, maxLength: 100 });
  const email = field('Email', { type: 'email', name: 'email', autocomplete: 'username', required: true });
  const password = field(
    'Password',
    {
      type: 'password',
      name: 'password',
      required: true,
      autocomplete: signingUp ? 'new-password' : 'current-password',
      ...(signingUp ? { minLength: 8, maxLength: 200 } : {}),
    },
    signingUp ? 'At least 8 characters.' : undefined,
  );
  const submit = h('button', { className: 'primary' }, signingUp ? 'Sign up' : 'Sign in');
  return h(
    'form',
    {
      onsubmit: (event) => {
        event.preventDefault();
        void attempt(notice, submit, async () => {
          const body = { email: email.input.value, password: password.input.value };
          const signedIn = signingUp
            ? await ask('POST', '/api/auth/signup', { body: { ...body, name: name.input.value } })
            : await ask('POST', '/api/auth/login', { body });
          session.signIn(signedIn);
        });
      },
    },
    notice.element,
    signingUp ? name.element : null,
    email.element,
    password.element,
    submit,
  );
}
