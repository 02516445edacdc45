// Header fields that no component and no secret of a person sets: names that frame a message, that would speak for us or
// for the platform, or by which servers do another method, or at another path, than what was judged.

const SPOKEN_FOR =
  /^(host|cookie2?|cf-.*|x-forwarded-.*|x-real-ip|true-client-ip|forwarded|via|content-length|connection|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*|x-http-method(-override)?|x-method-override|x-original-(url|uri|method|host)|x-rewrite-url)$/i

/** A server that hands fields on as variables does not tell `X_Real_IP` from `X-Real-IP` (RFC 3875 §4.1.18). */
export function isSpokenFor(name: string): boolean {
  return SPOKEN_FOR.test(name.replace(/[^a-z0-9]/gi, '-'))
}
