// What happened, and why somebody is looked at, in English and Chinese.
import type { Urgency } from '../../core/avatar.ts'
import type { Language } from '../../look/words.ts'
import type { EventType } from '../../store/store.ts'

/** Events as a headline. */
export const eventWords: Readonly<Record<Language, Readonly<Record<EventType, string>>>> = {
  en: {
    'avatar.registered': 'Registered',
    'avatar.alive': 'Is alive again',
    'avatar.changed': 'The picture was changed',
    'avatar.dying': 'The source is dying',
    'avatar.gone': 'The source is gone',
    'avatar.placeholder': 'The source shows a placeholder',
    'avatar.rescued': 'The picture was rescued',
    'avatar.refreshed': 'A new source came',
    'avatar.uploaded': 'A picture was uploaded',
    'avatar.ask': 'The person may be asked',
    'avatar.forgotten': 'Forgotten',
    'person.session-expired': 'The session expired',
    'person.login': 'The person logged in',
    'person.profile-modified': 'WeChat says that the profile was changed',
    'person.snapshot': 'A snapshot profile came, and was refused',
    'person.prompt-shown': 'The person was asked',
    'person.prompt-accepted': 'The person agreed',
    'person.prompt-declined': 'The person said no',
    'picture.suspected': 'A picture is suspected to be a placeholder',
    'picture.marked': 'A picture was judged',
  },
  zh: {
    'avatar.registered': '已登记',
    'avatar.alive': '恢复正常',
    'avatar.changed': '头像已更换',
    'avatar.dying': '来源正在失效',
    'avatar.gone': '来源已失效',
    'avatar.placeholder': '来源显示占位图',
    'avatar.rescued': '头像已抢救',
    'avatar.refreshed': '有了新的来源',
    'avatar.uploaded': '上传了头像',
    'avatar.ask': '可以询问用户',
    'avatar.forgotten': '已删除',
    'person.session-expired': '会话已过期',
    'person.login': '用户已登录',
    'person.profile-modified': '微信通知资料已修改',
    'person.snapshot': '收到快照页的虚拟资料，已拒绝',
    'person.prompt-shown': '已询问用户',
    'person.prompt-accepted': '用户已同意',
    'person.prompt-declined': '用户已拒绝',
    'picture.suspected': '有图片疑似占位图',
    'picture.marked': '图片已判定',
  },
}

/** Why somebody is looked at out of turn. */
export const urgencyWords: Readonly<Record<Language, Readonly<Record<Urgency, string>>>> = {
  en: {
    first: 'the first look',
    retry: 'the last look taught nothing',
    suspect: 'there is evidence, not yet enough, that it is gone',
    hint: 'a page said that it did not show',
    open: 'the person is there now',
    expiry: 'its signed address ends',
    again: 'to make sure that it is really gone',
  },
  zh: {
    first: '首次检查',
    retry: '上次检查没有结果',
    suspect: '有迹象表明已失效，但证据还不够',
    hint: '有页面报告未能显示',
    open: '用户此刻在线',
    expiry: '签名网址到期',
    again: '确认是否真的已失效',
  },
}
