// Kenyan mobile numbers, by the very rule of daraja.normalise_phone: the tests compare the two.

// What Python means by \s: JavaScript's has U+FEFF besides, and neither U+001C to U+001F nor U+0085.
const SEPARATORS = /[\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000().\-\u2010-\u2015]/g;
const MOBILE = /^(?:\+?254|0)?([17][0-9]{8})$/;

/** Give the number as 254712345678, or null where it is not a Kenyan mobile number. */
export function normalisePhone(number) {
  const found = MOBILE.exec(number.replace(SEPARATORS, ""));
  return found && `254${found[1]}`;
}
