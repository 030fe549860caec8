import type { entries as en } from '../en/entries.ts';

/** 手工录入。 */
export const entries: Record<keyof typeof en, string> = {
  'nav.entries': '录入',
  'entries.nothing': '本厂没有可手工录入的计量表。',
  'entries.sort': '录入类别',
  'entries.piece': '重量',
  'entries.correction': '更正重量',
  'entries.inventory': '在产铝量',
  'entries.cells': '运行槽数',
  'entries.swap': '换表',
  'entries.meter': '计量表',
  'entries.choose': '请选择计量表',
  'entries.enter': '录入',
  'entries.entered': '已录入，修订了 {count} 项数据',
  'entries.when': '时间',
  'entries.who': '录入人',
  'entries.what': '内容',
  'entries.correct': '更正',
  'entries.field.piece': '编号',
  'entries.field.amount': '数量',
  'entries.field.cells': '槽数',
  'entries.field.at': '时间',
  'entries.field.removedAt': '旧表拆除时间',
  'entries.field.last': '旧表止码',
  'entries.field.installedAt': '新表安装时间',
  'entries.field.first': '新表起码',
};
