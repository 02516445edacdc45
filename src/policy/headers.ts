// Header fields that no component and no secret of a person sets: names that frame a message, or that would
// speak for us or for the platform.

export const SPOKEN_FOR =
  /^(host|cookie2?|cf-.*|x-forwarded-.*|x-real-ip|true-client-ip|forwarded|via|content-length|connection|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*)$/i
