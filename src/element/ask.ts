// The event by which an element tells its page that the person may be asked for their picture now.

/** What comes with `everface:ask`: the service's decision, as it stands in its answer. */
export interface Ask {
  /** `choose` where nothing but a picture of their own helps: an app that has mini programs alone. */
  readonly decision: 'ask' | 'choose'
  /** A stable code; `detail` and `detailZh` say it for people. */
  readonly reason: string
  readonly detail?: string
  readonly detailZh?: string
  /** Where the person can agree, http or https, for a quarter of an hour; absent when the service has no such place. */
  authorizeUrl?: string
}
