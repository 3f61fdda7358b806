import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { targetOf } from './platform-door.ts'

describe('the door to the simulated platform', () => {
  const hosts = ['wx.qlogo.cn', 'open.weixin.qq.com']

  it('takes the host from the path, and keeps the query', () => {
    assert.deepEqual(targetOf('/wx.qlogo.cn/mmopen/abc/132?x=1', hosts), {
      host: 'wx.qlogo.cn',
      path: '/mmopen/abc/132?x=1',
    })
  })

  it('knows the links of the consent page, which name no host', () => {
    assert.deepEqual(targetOf('/connect/face/p1', hosts), {
      host: 'open.weixin.qq.com',
      path: '/connect/face/p1',
    })
  })

  it('leads nowhere else', () => {
    for (const path of ['/', '/example.com/', '/wx.qlogo.cn', '//wx.qlogo.cn/', '/127.0.0.1/x']) {
      assert.equal(targetOf(path, hosts), null, path)
    }
  })
})
