// The planner of somebody who knows everything about everybody except when they will change: equal intervals at which a
// look is worth its price, found by halving. Written apart from the one that it is compared with.

/** One person as they are; rates a day. */
export interface Truth {
  readonly views: number
  readonly changes: number
  readonly reports: number
  readonly logins: number
  /** Days until the person would bring a new picture; 0 when it can be fetched. */
  readonly wait: number
}

const shortest = 0.25
const longest = 1000
const halvings = 24

/** Days between looks. */
export function bestInterval(
  truth: Truth,
  price: number,
  deathDays: number,
  mode: 'copy' | 'redirect',
): number {
  let low = shortest
  let high = longest
  for (let step = 0; step < halvings; step++) {
    const middle = Math.sqrt(low * high)
    if (isWorth(truth, price, deathDays, mode, middle)) high = middle
    else low = middle
  }
  return Math.sqrt(low * high)
}

function isWorth(
  truth: Truth,
  price: number,
  deathDays: number,
  mode: 'copy' | 'redirect',
  days: number,
): boolean {
  const { views, changes, reports, logins, wait } = truth
  const revealed = changes + reports
  // Views saved by a look now rather than later, with logins that may tell first.
  const area =
    logins > 0
      ? -Math.expm1(-(revealed + logins) * days) / (revealed + logins) +
        (Math.exp(-revealed * days) * Math.expm1(-logins * days)) / logins
      : (1 - Math.exp(-revealed * days) * (1 + revealed * days)) / revealed
  const part = Math.sqrt(days / deathDays)
  const gradual =
    mode === 'copy' ? Math.max(1, 1.2533 / part - 0.66) : Math.max(0.95, 2 - 1.8 * part)
  const asleep = 1 + changes * wait * Math.exp(-changes * days)
  const share = mode === 'copy' ? asleep : asleep / (1 + changes * wait)
  return ((views * changes) / revealed) * area * gradual >= price * share
}
