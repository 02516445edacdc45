/** From its `from`th operation on, counted from 1, a store fails or does not answer. */
export interface Fault {
  readonly store: 'DB' | 'STORE' | 'OAUTH_KV' | 'LOADER'
  readonly mode: 'fail' | 'hang'
  readonly from: number
}
