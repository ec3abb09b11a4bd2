import { ask } from '../../js/api.js';
import { change, h } from '../../js/dom.js';
import { field } from '../../js/fields.js';
import { attempt, createNotice, keepTrying } from '../../js/problem.js';
import { confirmAct } from '../confirm.js';
import { tellEffect } from '../effect.js';
import { ROLES, roleSelect } from '../staff/roles.js';

/** Who works here, and as what. */
export async function staffPage(root, { signal, staff: me }) {
  const [notice, listNotice] = [createNotice(), createNotice()];
  const rows = h('tbody');
  const email = field('E-mail', { type: 'email', required: true, autocomplete: 'off' });
  const role = roleSelect('Role', 'door', 'staff-new-role');
  const submit = h('button', { className: 'primary' }, 'Give the role');

  async function load() {
    const { staff } = await ask('GET', '/api/admin/staff', { signal });
    change(rows, () => rows.replaceChildren(...staff.map(row)));
  }

  /** Asked first. @returns whether it was done */
  async function give(body, name) {
    const { title, text } = ROLES[body.role];
    const asked = {
      title: body.role === 'user' ? `Take all rights from ${name}?` : `Make ${name} ${title}?`,
      text: [text, 'In force within seconds, and written in the log under your name.'],
      act: body.role === 'user' ? 'Take them away' : 'Give the role',
      danger: body.role === 'user' || body.email === me.email,
    };
    if (body.email === me.email) asked.text.push('This is your own account.');
    if (!(await confirmAct(asked))) return false;
    const { user } = await ask('POST', '/api/admin/staff', { body, signal });
    tellEffect(
      user.role === 'user'
        ? `${user.email} has no rights here any more.`
        : `${user.email} is ${ROLES[user.role].title}.`,
    );
    await load();
    return true;
  }

  function row(member) {
    const id = `staff-${member.id}`;
    const select = roleSelect(`Role of ${member.email}`, member.role, id, true);
    const save = h('button', { type: 'button' }, 'Change');
    save.setAttribute('aria-label', `Change the role of ${member.email}`);
    save.addEventListener('click', () =>
      attempt(listNotice, save, async () => {
        if (select.input.value === member.role)
          return listNotice.say(`${member.email} has this role already.`);
        if (!(await give({ email: member.email, role: select.input.value }, member.email)))
          select.input.value = member.role;
      }),
    );
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, member.email),
      h('td', {}, member.name),
      h('td', {}, select.element),
      h('td', {}, save),
      h('td', {}, h('a', { href: `#/audit?who=${encodeURIComponent(member.email)}` }, 'What they did')),
    );
  }

  const onsubmit = (event) => {
    event.preventDefault();
    const body = { email: email.input.value.trim(), role: role.input.value };
    void attempt(
      notice,
      submit,
      async () => {
        if (await give(body, body.email)) email.input.value = '';
      },
      { email },
    );
  };

  root.append(
    h('h1', {}, 'Staff'),
    listNotice.element,
    h(
      'div',
      { className: 'scroll', tabIndex: 0, role: 'region', 'aria-label': 'Who works here' },
      h('table', { className: 'staff' }, h('caption', {}, 'Who works here'), head(), rows),
    ),
    h(
      'form',
      { className: 'card narrow', onsubmit, noValidate: true },
      h('h2', {}, 'Give somebody a role'),
      h('p', {}, 'They need an account of this service: they sign up on the fans’ page first.'),
      email.element,
      role.element,
      notice.element,
      submit,
    ),
  );
  await keepTrying(listNotice, signal, load);
}

const head = () =>
  h(
    'thead',
    {},
    h(
      'tr',
      {},
      ['E-mail', 'Name', 'Role', 'Change', 'Log'].map((text) => h('th', { scope: 'col' }, text)),
    ),
  );
