import type { Comparison, Flag, LimitState, Op, Reason, Working } from '../../rules/evaluation.ts';
import type { WindowKind } from '../../rules/interval.ts';
import type { MeterSpec } from '../../rules/plan.ts';
import type { StatusCode } from '../../rules/sample.ts';

/** Everything that is said about a figure, in one language. Arguments are ready-made texts. */
export interface Words {
  readonly window: Readonly<Record<WindowKind, string>>;
  readonly kind: Readonly<Record<MeterSpec['kind'], string>>;
  readonly status: Readonly<Record<StatusCode, string>>;
  readonly flag: Readonly<Record<Flag, string>>;
  readonly state: Readonly<Record<LimitState, string>>;
  /** What follows a colon or parts a list. */
  readonly colon: string;
  readonly comma: string;
  span(from: string, to: string, zone: string, length: string): string;
  running(upTo: string): string;
  revision(number: number): string;
  reason(reason: Reason, more: { minimum: string; known: string; needed: string; from: string; to: string }): string;
  readonly noFigure: string;
  uncertainty(amount: string, share: string): string;
  readonly numerator: string;
  readonly denominator: string;
  readonly amount: string;
  readonly result: string;
  readonly notDivided: string;
  readonly nothingKnown: string;
  readonly allMeasured: string;
  coverage(measured: string, estimated: string | null, unknown: string | null): string;
  readings(used: number, bad: number, glitches: number): string;
  readonly border: Readonly<Record<'start' | 'end', string>>;
  read(value: string): string;
  reading(at: string, value: string): string;
  /** `value`: what lies on the straight line; null where the register did not simply go on. */
  between(value: string | null, before: string, after: string): string;
  readonly notReached: string;
  count(counts: string, scale: string, amount: string): string;
  rate(mean: string, least: string, most: string): string;
  pieces(count: number): string;
  faraday(
    current: string,
    cells: string,
    efficiency: string,
    basis: Extract<Working, { kind: 'faraday' }>['basis'],
  ): string;
  meterClass(share: string): string;
  coefficient(value: string, origin: string | null, amount: string): string;
  readonly limit: string;
  bound(op: Op, bound: string): string;
  readonly ownTarget: string;
  readonly annual: string;
  margin(distance: string, share: string, isInside: boolean): string;
  readonly stale: string;
  readonly marginal: string;
  deadband(width: string): string;
  readonly baseline: string;
  compared(baseline: Comparison, numberText: (value: number) => string): string;
  readonly happened: string;
  readonly more: string;
  event(event: string): string;
  readonly revisions: string;
  became(what: string, before: string, after: string): string;
  config(fingerprint: string, isPresent: boolean): string;
}

const EVENTS_ZH: Readonly<Record<string, string>> = {
  reset: '清零',
  replacement: '换表',
  swap: '登记换表',
  glitch: '瞬时错误',
  late: '迟到读数',
  'too-late': '过迟数据',
  'clock-fault': '设备时钟故障',
  'clock-set-back': '时钟回拨',
  'coarse-register': '寄存器分辨率不足',
  'missed-pieces': '漏计件',
  'sequence-restarted': '序号重新开始',
  'piece-without-weight': '无重量的件',
  'weight-corrected': '重量更正',
  settled: '已结算',
  'not-settled': '未结算',
  'implausible-settlement': '结算不可信',
  absence: '无数据',
};

const en: Words = {
  window: {
    minute: 'minute',
    quarterHour: 'quarter-hour',
    hour: 'hour',
    shift: 'shift',
    day: 'day',
    month: 'month',
    coil: 'coil',
    heat: 'heat',
    ladle: 'ladle',
  },
  kind: {
    counter: 'totaliser',
    gauge: 'rate, integrated',
    event: 'pieces weighed',
    faraday: 'metal from current',
    product: 'time with a piece in the line',
    idle: 'counted while no piece is in the line',
  },
  status: { good: 'good', uncertain: 'uncertain', bad: 'bad' },
  flag: {
    rollover: 'the register rolled over; what lies across its end is counted',
    glitch: 'a momentary wrong reading was rejected; nothing is lost by it',
    reset: 'the register was reset; what was consumed until then is unknown, neither zero nor the new reading',
    replacement: 'the register jumped up (another meter, or a preset); what was consumed meanwhile is unknown',
    estimated: 'a gap reaches across the border of the window; the total is measured, the split is an estimate',
    'missed-pieces': 'the numbers of the pieces have gaps; pieces were missed',
    estimate: 'the metal is an estimate, by current and current efficiency; no ladle has settled it yet',
    settled: 'the metal really produced has taken the place of the estimate',
    'low-resolution': 'one step of the register is over 1 % of the amount',
    late: 'readings came too late to be used',
    'clock-skew': "a device's clock was not to be believed; its readings count from when they were received",
    frozen: 'the register stood still although the line was running',
    manual: 'entered by hand',
  },
  state: { normal: 'normal', warning: 'warning', excursion: 'excursion', returned: 'returned' },
  colon: ': ',
  comma: ', ',
  span: (from, to, zone, length) => `from ${from} to ${to} (${zone}, ${length})`,
  running: (upTo) => `still running: as far as ${upTo}`,
  revision: (number) => `revision ${number}`,
  reason: (reason, { minimum, known, needed, from, to }) =>
    ({
      'no-production': `there was no production: the denominator is not above ${minimum}`,
      incomplete: `only ${known} of the window is known, ${needed} are needed; a figure over a part would be false`,
      implausible: `not plausible (${from} to ${to} would be, energy of nothing or a frozen register are not); shown and not judged`,
    })[reason],
  noFigure: 'no figure',
  uncertainty: (amount, share) => `± ${amount} (${share}; k = 2, from the classes of the meters)`,
  numerator: 'Numerator',
  denominator: 'Denominator',
  amount: 'Amount',
  result: 'Result',
  notDivided: 'known so far',
  nothingKnown: 'nothing is known',
  allMeasured: 'all of the window measured',
  coverage: (measured, estimated, unknown) =>
    [`measured ${measured}`, estimated && `estimated split ${estimated}`, unknown && `unknown ${unknown}`]
      .filter(Boolean)
      .join(', '),
  readings: (used, bad, glitches) =>
    [`${used} readings used`, bad > 0 && `${bad} bad`, glitches > 0 && `${glitches} rejected`]
      .filter(Boolean)
      .join(', '),
  border: { start: 'at its start', end: 'at its end' },
  read: (value) => `${value}, read then`,
  reading: (at, value) => `${value} at ${at}`,
  between: (value, before, after) => `${value === null ? '' : `${value}, `}on the line between ${before} and ${after}`,
  notReached: 'no reading there',
  count: (counts, scale, amount) => `${counts} counts × ${scale} = ${amount}`,
  rate: (mean, least, most) => `on average ${mean}, from ${least} to ${most}`,
  pieces: (count) => (count === 1 ? 'one piece' : `${count} pieces`),
  faraday: (current, cells, efficiency, basis) =>
    `${current} on average × ${cells} cells, current efficiency ${efficiency} (${basis === 'settled' ? 'settled by tapped metal' : 'until the ladles are in'})`,
  meterClass: (share) => `accuracy class ± ${share}`,
  coefficient: (value, origin, amount) => `× ${value}${origin === null ? '' : ` (${origin})`} = ${amount}`,
  limit: 'Limit',
  bound: (op, bound) => `${op === '<=' ? 'at most' : 'at least'} ${bound}`,
  ownTarget: "the plant's own target",
  annual: 'the bound is annual: over a shorter window the judgement is indicative',
  margin: (distance, share, isInside) => `${distance} (${share}) ${isInside ? 'inside' : 'beyond'} the bound`,
  stale: 'no verdict on this figure; the state is the one before',
  marginal: 'closer to the bound than the uncertainty: measured again, it might be on the other side',
  deadband: (width) => `an excursion is over once a figure is ${width} inside`,
  baseline: 'Baseline',
  compared: ({ unit, base, slope, actual, expected, difference, cumulative }, text) =>
    [
      `expected: ${text(base)} ${unit}/h × hours + ${text(slope)} × denominator = ${expected === null ? '–' : `${text(expected)} ${unit}`}`,
      `actual: ${actual === null ? '–' : `${text(actual)} ${unit}`}`,
      `difference: ${difference === null ? '–' : `${text(difference)} ${unit}`}`,
      ...(cumulative === null ? [] : [`sum of differences: ${text(cumulative)} ${unit}`]),
    ].join('; '),
  happened: 'What happened',
  more: '… and more; see the log',
  event: (event) => event,
  revisions: 'Revisions',
  became: (what, before, after) => `${what} ${before} → ${after}`,
  config: (fingerprint, isPresent) =>
    `Made with the configuration ${fingerprint}${isPresent ? '' : ', which is not the present one'}`,
};

const zh: Words = {
  window: {
    minute: '分钟',
    quarterHour: '刻钟',
    hour: '小时',
    shift: '班',
    day: '日',
    month: '月',
    coil: '卷',
    heat: '炉',
    ladle: '包',
  },
  kind: {
    counter: '累计表',
    gauge: '瞬时量积分',
    event: '逐件称重',
    faraday: '由电流计算的金属量',
    product: '有料时间',
    idle: '无料时的计量',
  },
  status: { good: '良好', uncertain: '存疑', bad: '无效' },
  flag: {
    rollover: '寄存器翻转；跨越末端的部分已计入',
    glitch: '一个瞬时错误读数被剔除；无损失',
    reset: '寄存器被清零；此前的消耗未知，既不是零，也不是新读数',
    replacement: '寄存器上跳（换表或预置）；其间的消耗未知',
    estimated: '缺口跨越窗口边界：总量为实测，分摊为估计',
    'missed-pieces': '件号不连续，有漏计',
    estimate: '金属量按电流和电流效率估计；尚未由出铝包结算',
    settled: '实际产量已取代估计',
    'low-resolution': '寄存器一步超过该量的 1 %',
    late: '有读数到得太迟，未采用',
    'clock-skew': '设备时钟不可信；其读数按接收时刻计',
    frozen: '产线运行而寄存器不动',
    manual: '人工录入',
  },
  state: { normal: '正常', warning: '警告', excursion: '超限', returned: '已恢复' },
  colon: '：',
  comma: '，',
  span: (from, to, zone, length) => `${from} 至 ${to}（${zone}，${length}）`,
  running: (upTo) => `尚在进行：截至 ${upTo}`,
  revision: (number) => `第 ${number} 版`,
  reason: (reason, { minimum, known, needed, from, to }) =>
    ({
      'no-production': `无产量：分母不高于 ${minimum}`,
      incomplete: `窗口只有 ${known} 已知，需要 ${needed}；按部分计算的数值是错的`,
      implausible: `不可信（可信范围 ${from} 至 ${to}；有产无耗或寄存器不动亦不可信）；只显示，不评判`,
    })[reason],
  noFigure: '无数值',
  uncertainty: (amount, share) => `± ${amount}（${share}；k = 2，按表计准确度等级）`,
  numerator: '分子',
  denominator: '分母',
  amount: '数量',
  result: '结果',
  notDivided: '目前已知',
  nothingKnown: '完全未知',
  allMeasured: '整个窗口均为实测',
  coverage: (measured, estimated, unknown) =>
    [`实测 ${measured}`, estimated && `估计分摊 ${estimated}`, unknown && `未知 ${unknown}`].filter(Boolean).join('，'),
  readings: (used, bad, glitches) =>
    [`采用 ${used} 个读数`, bad > 0 && `${bad} 个无效`, glitches > 0 && `剔除 ${glitches} 个`]
      .filter(Boolean)
      .join('，'),
  border: { start: '起点', end: '终点' },
  read: (value) => `${value}，当时读得`,
  reading: (at, value) => `${at} 的 ${value}`,
  between: (value, before, after) => `${value === null ? '' : `${value}，`}在 ${before} 与 ${after} 之间插值`,
  notReached: '该处无读数',
  count: (counts, scale, amount) => `${counts} 个计数 × ${scale} = ${amount}`,
  rate: (mean, least, most) => `平均 ${mean}，${least} 至 ${most}`,
  pieces: (count) => `${count} 件`,
  faraday: (current, cells, efficiency, basis) =>
    `平均 ${current} × ${cells} 槽，电流效率 ${efficiency}（${basis === 'settled' ? '由出铝量结算' : '出铝包齐备之前'}）`,
  meterClass: (share) => `准确度等级 ± ${share}`,
  coefficient: (value, origin, amount) => `× ${value}${origin === null ? '' : `（${origin}）`} = ${amount}`,
  limit: '限值',
  bound: (op, bound) => `${op === '<=' ? '不高于' : '不低于'} ${bound}`,
  ownTarget: '工厂自定目标',
  annual: '限值为年度值：较短窗口的评判仅供参考',
  margin: (distance, share, isInside) => `${isInside ? '优于' : '超出'}限值 ${distance}（${share}）`,
  stale: '此数值未评判；状态沿用之前',
  marginal: '与限值之差小于不确定度：再测一次可能落在另一侧',
  deadband: (width) => `数值优于限值 ${width} 后超限方告结束`,
  baseline: '基准',
  compared: ({ unit, base, slope, actual, expected, difference, cumulative }, text) =>
    [
      `预期：${text(base)} ${unit}/h × 小时 + ${text(slope)} × 分母 = ${expected === null ? '–' : `${text(expected)} ${unit}`}`,
      `实际：${actual === null ? '–' : `${text(actual)} ${unit}`}`,
      `差：${difference === null ? '–' : `${text(difference)} ${unit}`}`,
      ...(cumulative === null ? [] : [`累计差：${text(cumulative)} ${unit}`]),
    ].join('；'),
  happened: '经过',
  more: '……还有更多，见日志',
  event: (event) => EVENTS_ZH[event] ?? event,
  revisions: '修订',
  became: (what, before, after) => `${what} ${before} → ${after}`,
  config: (fingerprint, isPresent) => `所用配置 ${fingerprint}${isPresent ? '' : '，不是当前配置'}`,
};

export type Language = 'en' | 'zh';
export const WORDS: Readonly<Record<Language, Words>> = { en, zh };
