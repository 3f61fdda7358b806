// A face that its person can change: chooseAvatar gives a file on the phone, the file goes to your server, and your server
// hands it to Everface. What is kept and shown is the stable URL. The path on the phone is never an address: it means
// nothing on any other phone, and nothing on this one tomorrow.

// Where WeChat puts what was chosen: wxfile:// on phones, http://tmp/ in the developer tools; the others are files too.
const onPhone = /^(?:wxfile:|file:|blob:|data:|https?:\/\/(?:tmp|usr|store)(?:[/_]|$))/i

/** Whether a text is a file of this phone and not an address. */
function isOnPhone(path) {
  return typeof path === 'string' && onPhone.test(path)
}

/** The letter for somebody without a picture: the last one of a Chinese name, the first of any other. */
function initialOf(name) {
  const letters = Array.from(name.trim())
  const last = letters[letters.length - 1] || ''
  return /[\u3400-\u9fff]/.test(last) ? last : (letters[0] || '').toUpperCase()
}

/** What your server said of the upload: the address of the picture, or why there is none. */
function readAnswer(statusCode, data) {
  let answer = null
  try {
    answer = JSON.parse(data)
  } catch (_) {
    // An error page of something in between.
  }
  const code = answer && typeof answer.code === 'string' ? answer.code : 'answer-unreadable'
  if (statusCode < 200 || statusCode > 299) return { url: null, code }
  const url = answer && answer.url
  const isAddress = typeof url === 'string' && /^https?:\/\//.test(url) && !isOnPhone(url)
  return isAddress ? { url, code: '' } : { url: null, code: 'answer-unreadable' }
}

Component({
  properties: {
    /** The stable URL, such as https://faces.example.com/a/42?s=132. */
    src: { type: String, value: '' },
    name: { type: String, value: '' },
    /** Edge in pixels. */
    size: { type: Number, value: 64 },
    /** Where your server takes the picture. */
    uploadUrl: { type: String, value: '' },
    /** Header fields that say who is signed in. */
    header: { type: Object, value: {} },
  },

  data: { shown: '', initial: '', busy: false },

  observers: {
    src(src) {
      if (isOnPhone(src)) {
        // Somebody stored a path of a phone as the picture: no other phone will ever show it.
        this.setData({ shown: '' })
        this.triggerEvent('refuse', { src })
        return
      }
      this.setData({ shown: src })
    },
    name(name) {
      this.setData({ initial: initialOf(name) })
    },
  },

  lifetimes: {
    created() {
      this.turn = 0
      this.task = null
    },
    detached() {
      this.turn++
      if (this.task) this.task.abort()
    },
  },

  methods: {
    onChoose(event) {
      const path = event.detail.avatarUrl
      // A refused content check gives no path; an address is nothing that could be uploaded.
      if (!isOnPhone(path)) {
        this.triggerEvent('fail', { code: 'picture-missing' })
        return
      }
      const turn = ++this.turn
      const before = this.data.shown
      // The person sees at once what they chose.
      this.setData({ shown: path, busy: true })
      const settle = ({ url, code }) => {
        if (turn !== this.turn) return
        this.task = null
        this.setData({ busy: false, shown: url === null ? before : path })
        if (url === null) this.triggerEvent('fail', { code })
        else this.triggerEvent('change', { url })
      }
      this.task = wx.uploadFile({
        url: this.data.uploadUrl,
        filePath: path,
        name: 'picture',
        header: this.data.header,
        timeout: 30000,
        success: ({ statusCode, data }) => settle(readAnswer(statusCode, data)),
        fail: () => settle({ url: null, code: 'network' }),
      })
    },

    onBroken() {
      this.setData({ shown: '' })
    },
  },
})
