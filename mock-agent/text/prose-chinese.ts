import { drawOne } from '../../proto/draws.ts';
import type { Prose } from './prose.ts';

const times = [
  '清晨', '黄昏时分', '那年冬天', '雨停之后', '夜深的时候', '春天刚来', '第二天一早', '很多年以前',
  '秋风起时', '月亮升起来以后', '集市散去的午后', '最后一班船离岸之前',
] as const; // prettier-ignore

const people = [
  '老木匠',
  '守灯塔的人',
  '年轻的邮差',
  '书店的主人',
  '一个迷路的孩子',
  '卖茶的阿婆',
  '修表的师傅',
  '刚回乡的画家',
  '摆渡的船夫',
  '学堂里的先生',
] as const;

const places = [
  '在山脚的小镇上',
  '在河边的旧码头',
  '在落满灰尘的阁楼里',
  '在长满青苔的石桥边',
  '在无人的车站',
  '在海边的悬崖上',
  '在开满花的院子里',
  '在巷子尽头的灯下',
  '在结冰的湖面旁',
  '在半山的茶园里',
] as const;

const deeds = [
  '推开了那扇多年未动的门',
  '读完了那封没有署名的信',
  '听见了远处传来的钟声',
  '把最后一盏灯挂在了窗前',
  '遇见了一只会说话的猫',
  '种下了一棵小小的银杏',
  '想起了祖母讲过的故事',
  '画下了云朵经过的样子',
  '收到了一只沉甸甸的木箱',
  '拾起了一枚生锈的钥匙',
] as const;

const turns = [
  '才明白等待原来也有重量',
  '于是决定第二天就出发',
  '心里的疑问却越来越多',
  '连风都仿佛停了下来',
  '从此再也没有离开过',
  '忽然觉得世界很安静',
  '眼里慢慢有了光',
  '仿佛一切都刚刚开始',
  '谁也不知道后来会怎样',
  '便把这件事悄悄记在了心里',
] as const;

/** Chinese stories. A sentence consists of time, person, place, action and result. */
export const chineseProse: Prose = {
  sentence(draw) {
    const [time, who, where] = [drawOne(draw, times), drawOne(draw, people), drawOne(draw, places)];
    const opening = draw() < 0.5 ? `${time}，${who}${where}` : `${who}${where}`;
    const sentence = `${opening}${drawOne(draw, deeds)}`;
    return draw() < 0.7 ? `${sentence}，${drawOne(draw, turns)}` : sentence;
  },
  longestSentence: 50,
  stop: '。',
  gap: '',
  comma: '，',
  phrases: new Map([
    [2, ['如此', '真好']],
    [3, ['天亮了', '雪停了']],
    [4, ['一如往常', '岁月静好']],
    [5, ['直到天亮时', '就这样过去']],
    [6, ['再也没有回头', '灯还一直亮着']],
    [7, ['风从海上吹过来', '日子慢慢地过去']],
    [8, ['故事就这样讲完了', '春天又回到了山谷']],
    [9, ['星星一颗一颗亮起来', '河水依旧向东边流去']],
    [10, ['屋檐下的雨声渐渐停了', '远处的灯火还没有熄灭']],
  ]),
};
