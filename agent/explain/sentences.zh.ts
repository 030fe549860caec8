/**
 * What notes and refusals say in a record, which is in English, in Chinese; {1}, {2} … stand for what differs. The more
 * particular sentence comes first.
 */
const SENTENCES: readonly (readonly [english: string, chinese: string])[] = [
  [
    'register {1} → {2} → {3}; consumption between the first two is unknown',
    '示数 {1} → {2} → {3}；前两者之间的消耗未知',
  ],
  ['register {1} stands still', '示数停在 {1} 不动'],
  [
    'the float32 register steps by {1} at {2}; a poll brings at most {3}',
    'float32 寄存器在 {2} 处一步为 {1}；一次轮询最多增加 {3}',
  ],
  ['declared afterwards: {1} → {2}', '事后申报：{1} → {2}'],
  ['declared: {1} → {2}', '申报：{1} → {2}'],
  ['piece {1} has no usable weight', '件 {1} 没有可用的重量'],
  ['piece {1}: {2} → {3}', '件 {1}：{2} → {3}'],
  ['no weight', '无重量'],
  ['{1}: the first was momentary', '{1}：前者为瞬时错误'],
  ['sequence {1} → {2}', '序号 {1} → {2}'],
  ['{1} t tapped, inventory change {2} t, efficiency {3}', '出铝 {1} t，槽内变化 {2} t，电流效率 {3}'],
  ['estimate {1}, tapped metal {2}', '估计量{1}，出铝量{2}'],
  ['good', '良好'],
  ['uncertain', '存疑'],
  ['bad', '无效'],
  ['the metal in the cells at the start is not known', '期初槽内金属量未知'],
  ['the tag {1} says how many cells are in operation', '运行槽数由标签 {1} 给出'],
  ['the current of that time is no longer kept', '该时刻的电流已不再保留'],
  ['only a faraday meter has cells', '只有法拉第表才有槽'],
  ['ladles or current are still to come', '出铝包或电流尚未到齐'],
  ["the agent's clock was set back by {1} ms", '采集器的时钟被回拨 {1} ms'],
  [
    '{1} windows before {2} are too old to revise; the amount since {3} has no place in them',
    '{2} 之前的{1}窗口过久，不再修订；自 {3} 起的量无处可计',
  ],
  ['nothing is known of the {1} windows from {2} to {3}', '{2} 至 {3} 的{1}窗口全无数据'],
  ['minute', '分钟'],
  ['quarterHour', '刻钟'],
  ['hour', '小时'],
  ['shift', '班'],
  ['day', '日'],
  ['month', '月'],
  [
    '{1}, and its count {2} does not fit into the course of the register: its clock went back, or stands',
    '{1}，且其示数 {2} 不合寄存器的走势：其时钟回拨或停走',
  ],
  ['a reading of {1} after that of {2} was taken', '{1} 的读数到达时，{2} 的读数已被采用'],
  ['{1} of {2} after {3} was computed for a later time', '{1} 在 {2} 的值到达时，{3} 已按更晚的时刻算出'],
  ['{1}: the oldest are let go', '{1}：最旧的已舍弃'],
  ['{1}; {2}', '{1}；{2}'],
  ['more than {1} {2}', '{2}超过 {1}'],
  ['amounts of {1} that wait for the borders of pieces', '{1} 等待件边界的量'],
  ['pieces and pauses that may be revised', '可修订的件与间歇'],
  ['beginnings and ends of pieces of which another tag has not been read', '另一标签尚未读到的件首件尾'],
  ['identities of pieces of which another tag has not been read', '另一标签尚未读到的件号'],
  ['changes of weight since the identity was last read', '自上次读到件号以来的重量变化'],
  ['pieces of which no weight is heard', '未得重量的件'],
  ['stretches since the last piece', '自上一件以来的时段'],
  ['readings of the current since the cells were last read', '自上次读到槽数以来的电流读数'],
  ['changes of the cells since the current was last read', '自上次读到电流以来的槽数变化'],
  ['entries within the time that may be revised', '可修订时段内的录入'],
  [
    'its readings mean something else since the configuration was changed: it counts anew',
    '配置更改后其读数含义不同：重新计量',
  ],
  ['only a counter has a register that is exchanged', '只有累计表才有可更换的寄存器'],
  ['only a faraday meter has metal in cells', '只有按电流计算金属量的仪表才有槽内金属'],
  ['only an event meter counts pieces', '只有逐件称重的仪表才按件计量'],
  ['the new meter is installed before the old one is removed', '新表的装上时刻早于旧表的拆下时刻'],
  ['the last reading {1} is below {2}, which was read before it', '末次示数 {1} 低于此前读得的 {2}'],
  ['the readings around the exchange are gone', '换表前后的读数已不再保存'],
  ['no piece {1} is known: of those before, the last {2} are', '不知件 {1}：此前的件只保存最后 {2} 件'],
  ['its time is still to come', '其时刻尚未到来'],
  ['its time is too long ago to be revised', '其时刻过久，不再修订'],
  ['there is no meter {1}', '没有仪表 {1}'],
];

const PATTERNS = SENTENCES.map(([english, chinese]) => {
  const places = [...english.matchAll(/\{(\d)\}/g)].map(([, place]) => place!);
  const source = english.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&').replaceAll(/\{\d\}/g, '(.+?)');
  return { pattern: new RegExp(`^${source}$`), places, chinese };
});

/** The sentence of a record in Chinese; as it stands where it is none that is known. */
export function sentenceZh(sentence: string): string {
  for (const { pattern, places, chinese } of PATTERNS) {
    const found = pattern.exec(sentence);
    if (!found) continue;
    const parts = new Map(places.map((place, index) => [place, sentenceZh(found[index + 1]!)]));
    return chinese.replaceAll(/\{(\d)\}/g, (_, place: string) => parts.get(place)!);
  }
  return sentence;
}
