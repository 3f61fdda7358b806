import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { chooseColumns } from './columns.ts'

const url = 'https://thirdwx.qlogo.cn/a/132'

describe('chooseColumns', () => {
  it('knows the names that apps give to a picture', () => {
    for (const name of [
      'avatar',
      'headimgurl',
      'headimg',
      'head_img',
      'avatar_url',
      'avatarUrl',
      'picture',
      'photo',
      'image',
      'icon',
      'url',
      '头像',
      '头像地址',
      'wx_avatar',
    ]) {
      assert.equal(chooseColumns(['user_id', 'name', name], [], {}, 'list').url, 2, name)
    }
  })

  it('believes values more than names', () => {
    const columns = chooseColumns(['id', 'icon', 'x'], [['1', 'star', url]], {}, 'list')
    assert.equal(columns.url, 2)
  })

  it('prefers the picture to another URL', () => {
    const sample = [['1', 'https://home.example', url]]
    assert.equal(chooseColumns(['id', 'url', 'avatar'], sample, {}, 'list').url, 2)
  })

  it('says what it guessed', () => {
    const { id, since, notes } = chooseColumns(
      ['openid', 'avatar', 'created_at'],
      [['o1', url, '2024-05-06 07:08:09']],
      {},
      'list',
    )
    assert.deepEqual([id, since], [0, 2])
    assert.deepEqual(notes.slice(0, 2), [
      'column "avatar" holds the URL',
      'column "openid" holds the id',
    ])
  })

  it('numbers the rows where no column is an id', () => {
    const { id, notes } = chooseColumns(['name', 'avatar'], [], {}, 'list')
    assert.equal(id, null)
    assert.match(notes.join(), /rows are numbered/)
  })

  it('takes a named column by its name in any case, or by its number', () => {
    const names = ['a', 'b', 'C']
    assert.equal(chooseColumns(names, [], { urlColumn: 'c' }, 'list').url, 2)
    assert.equal(chooseColumns(names, [], { urlColumn: '2' }, 'list').url, 1)
  })

  it('lists the columns and the nearest name when a named one is missing', () => {
    assert.throws(() => chooseColumns(['id', 'head_img'], [], { urlColumn: 'headimgs' }, 'u.csv'), {
      code: 'column-missing',
      message:
        'u.csv has no column "headimgs" (did you mean "head_img"?); there are "id", "head_img"',
    })
  })

  it('asks for --column when nothing looks like a URL', () => {
    assert.throws(() => chooseColumns(['a', 'b'], [['1', '2']], {}, 'u.csv'), {
      code: 'column-missing',
      hint: 'Name the column with --column NAME.',
    })
  })
})
