/* The interface's own words, as the server put them into the page. */
const { tag, entries } = JSON.parse(document.getElementById("hw-words").textContent);
const plurals = new Intl.PluralRules(tag);

/** A text by its dotted name, with its {places} filled in; `count` also chooses the plural form. */
export const say = (name, values = {}) => {
  let entry = entries[name];
  if (entry === undefined) throw new Error(`no words: ${name}`);
  if (typeof entry !== "string") entry = entry[plurals.select(values.count)] ?? entry.other;
  return entry.replace(/\{(\w+)\}/g, (_, place) => values[place]);
};

/** The texts of a list. */
export const several = (name) => entries[name];

/** A day (YYYY-MM-DD) as people write it. */
export const day = (iso) => new Intl.DateTimeFormat(tag, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" }).format(new Date(`${iso}T00:00:00Z`));
