import type { access as en } from '../en/access.ts';

/** 登录。 */
export const access: Record<keyof typeof en, string> = {
  'login.title': '登录',
  'login.token': '令牌',
  'login.why': '持有令牌者可以进入。生成令牌：pertonne token add',
  'login.go': '登录',
  'login.wrong': '令牌无效或已失效。',
  'login.wait': '此处多次登录失败，请等待 {seconds} 秒。',
  'login.failed': '未能登录：{reason}',
  'login.out': '退出',
  'login.as': '当前用户：{name}',
};
