/** Who is at the page, and how one logs in. */
export const access = {
  'login.title': 'Log in',
  'login.token': 'Token',
  'login.why': 'The agent lets in whoever has a token. It is made with: pertonne token add',
  'login.go': 'Log in',
  'login.wrong': 'This token is not valid, or not any more.',
  'login.wait': 'Too many tries have failed here. Wait {seconds} s.',
  'login.failed': 'Not logged in: {reason}',
  'login.out': 'Log out',
  'login.as': 'Logged in as {name}',
} as const;
