// Puts the verbs together over an engine. Which engine it is, no verb needs to know.
import type { Limits } from '../core/clock.ts'
import { createMigrator, readMigrations } from './migrations.ts'
import type { Engine } from './sql.ts'
import type { Store } from './store.ts'
import { createAvatarVerbs } from './verbs/avatars.ts'
import { createClockVerbs } from './verbs/clocks.ts'
import type { Context } from './verbs/context.ts'
import { createDeliveryVerbs } from './verbs/deliveries.ts'
import { createEvents } from './verbs/events.ts'
import { createFigureVerbs } from './verbs/figures.ts'
import { createForgetVerbs } from './verbs/forget.ts'
import { createKeyVerbs } from './verbs/keys.ts'
import { createLookVerbs } from './verbs/looks.ts'
import { createOnceVerbs } from './verbs/once.ts'
import { createPersonVerbs } from './verbs/persons.ts'
import { createPictureVerbs } from './verbs/pictures.ts'
import { createStoryVerbs } from './verbs/story.ts'
import { createUpkeepVerbs } from './verbs/upkeep.ts'

/** What a store is told besides where it is. */
export interface StoreOptions {
  /** URLs of the webhooks: each told event gets a delivery to each of them. */
  readonly hooks: readonly string[]
  /** Milliseconds since 1970, UTC; for parts of months, and for clocks that nobody has written yet. */
  readonly now?: () => number
  /** What a clock that nobody has written yet starts from. */
  readonly limits?: Limits
}

const cautious: Limits = { pace: 5, budget: 1 }

/** A store over this engine. Closing it closes the engine. */
export function createStore(engine: Engine, options: StoreOptions): Store {
  const { hooks, now = Date.now, limits = cautious } = options
  const migrator = createMigrator(engine, readMigrations(engine.dialect.name), now)
  const context: Context = {
    engine: checked(engine, () => migrator.check()),
    events: createEvents(hooks),
    limits,
    now,
  }
  return {
    name: engine.name,
    migrate: () => migrator.migrate(),
    pending: () => migrator.pending(),
    async ping() {
      await engine.read.all('SELECT 1 AS one')
    },
    close: () => engine.close(),
    ...createAvatarVerbs(context),
    ...createStoryVerbs(context),
    ...createLookVerbs(context),
    ...createClockVerbs(context),
    ...createPictureVerbs(context),
    ...createForgetVerbs(context),
    ...createDeliveryVerbs(context),
    ...createKeyVerbs(context),
    ...createUpkeepVerbs(context),
    ...createFigureVerbs(context),
    ...createPersonVerbs(context),
    ...createOnceVerbs(context),
  }
}

/** The same engine; before it is used for the first time, its tables are looked at. */
function checked(engine: Engine, check: () => Promise<void>): Engine {
  let good = false
  let checking: Promise<void> | null = null

  async function ready(): Promise<void> {
    if (good) return
    checking ??= check().finally(() => {
      checking = null
    })
    await checking
    good = true
  }

  return {
    ...engine,
    read: {
      async all<T>(text: string, values?: readonly (string | number | boolean | null)[]) {
        if (!good) await ready()
        return await engine.read.all<T>(text, values)
      },
    },
    async write(work) {
      if (!good) await ready()
      return await engine.write(work)
    },
    async alone(work) {
      if (!good) await ready()
      return await engine.alone(work)
    },
  }
}
