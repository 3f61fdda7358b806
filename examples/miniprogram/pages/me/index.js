// The person's own page. `src` is what your server keeps for them: Everface's stable URL.
const { server, session } = getApp().globalData

Page({
  data: {
    name: '王小明',
    src: '',
    uploadUrl: `${server}/me/picture`,
    header: { Authorization: `Bearer ${session}` },
  },

  onChange({ detail }) {
    wx.showToast({ title: '头像已更新' })
    // The URL is the same for ever: keep it if you did not have it yet.
    this.url = detail.url
  },

  onFail({ detail }) {
    const tooMuch = ['picture-too-large', 'picture-too-many-pixels'].includes(detail.code)
    wx.showToast({ icon: 'none', title: tooMuch ? '图片太大' : '没有保存，请再试一次' })
  },

  onRefuse({ detail }) {
    console.warn('a path of a phone was stored as a picture:', detail.src)
  },
})
