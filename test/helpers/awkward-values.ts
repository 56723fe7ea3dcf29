/** Values that a reader of dotenv files, a shell or a URL parser could take apart. */
export const AWKWARD_VALUES = {
  URL: 'postgresql://app:p%40ss@127.0.0.1:5432/app?sslmode=disable&x=a,b',
  EMPTY: '',
  BLANKS: ' two words ',
  HASH: 'a #b',
  DOLLAR: '$HOME $(id) `id` a$b',
  DOUBLE: 'say "hi"',
  SINGLE: `it's`,
  LINES: 'one\ntwo',
  BACKSLASH: 'C:\\new\\temp',
  JSON: '{"a": [1, "b"]}',
};
