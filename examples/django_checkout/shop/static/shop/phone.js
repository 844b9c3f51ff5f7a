// Kenyan mobile numbers, by the very rule of daraja.normalise_phone: the tests compare the two.

// Marks that cannot be seen come with pasted text.
const INVISIBLE =
  /[\xad\u034f\u061c\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]/g;
// What Python means by \s: JavaScript's has U+FEFF besides, and neither U+001C to U+001F nor U+0085.
const BLANK = "\\t-\\r\\x1c- \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const AROUND = new RegExp(`^[${BLANK}]+|[${BLANK}]+$`, "g");
// Spreadsheets put an apostrophe before text and decimals behind a number; links begin with tel:.
const CLINGING = /^(?:['\u2019]|tel:)+|\.0{1,2}$/gi;
const SEPARATORS = new RegExp(`[${BLANK}().\\-\\u2010-\\u2015]`, "g");
const MOBILE = /^(?:(?:\+|00)?254)?0?([17][0-9]{8})$/;

/** Give the number as 254712345678, or null where it is not a Kenyan mobile number. */
export function normalisePhone(number) {
  const visible = [INVISIBLE, AROUND, CLINGING, SEPARATORS].reduce((text, rule) => text.replace(rule, ""), number);
  const found = MOBILE.exec(visible);
  return found && `254${found[1]}`;
}
