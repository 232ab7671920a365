/*
 * The drawing of the hips, front and back: what the map shows, and the small picture of a chosen area for other parts.
 *
 * Every path is one half of a body, the half on the onlooker's right. x counts from the midline, y downwards from the waist, both in the
 * drawing's own units; the other half is the same paths, mirrored. The colours are the style sheet's (css/hip-map.css).
 */
import { html, nothing, svg } from "../vendor/lit-html.js";

// The drawing's box in its own units: x from -HALF to HALF, y from 0 to HEIGHT.
const HALF = 108;
const HEIGHT = 376;

const FLANK =
  "C68.500 12 66.500 24 66.500 38C66.500 54 71 68 76 82C80 93 82 103 84 113C87 127 91 142 92.500 160" +
  "C94.500 180 94.500 200 93 220C91 256 87.500 288 83 316C79.500 338 76 354 75 370C74.500 382 75.500 392 77 402";
const INSIDE =
  "C25 394 26 388 25.500 380C25 368 22.500 358 20.800 346C19 334 18.500 325 17 312C13.500 282 8 250 5 224C4 214 2.500 206 0 199";
const BODY = `M-1 0L69 0${FLANK}L24 402${INSIDE}L-1 199Z`;
const CONTOURS = [
  "M69 -8C69 -4 69 -2 69 0C68.500 12 66.500 24 66.500 38C66.500 54 70 66 74 79.500",
  "M92 240C90 270 86.500 292 83 316C79.500 338 76 354 75 370C74.500 382 75.500 392 77 402",
  "M24 402C25 394 26 388 25.500 380C25 368 22.500 358 20.800 346C19 334 18.500 325 17 312C14 286 10 258 7 233",
];

/** A line of a pen that is pressed in the middle: thin at both ends, `weight` units wide between. */
function pen(x0, y0, x1, y1, x2, y2, x3, y3, weight = 1.3) {
  const length = Math.hypot(x3 - x0, y3 - y0);
  const dx = ((y0 - y3) / length) * weight * 0.67;
  const dy = ((x3 - x0) / length) * weight * 0.67;
  const [there, back] = [1, -1].map((side) =>
    [x1 + side * dx, y1 + side * dy, x2 + side * dx, y2 + side * dy].map((value) => Math.round(value * 100) / 100),
  );
  return `M${x0} ${y0}C${there.join(" ")} ${x3} ${y3}C${back[2]} ${back[3]} ${back[0]} ${back[1]} ${x0} ${y0}Z`;
}

const SHADE = [
  "M93 220C91 256 87.500 288 83 316C79.500 338 76 354 75 370C74.500 382 75.500 392 77 402L70 402C66 378 74 344 79 312C83 284 85 256 86 228Z",
  "M5 224C8 250 13.500 282 17 312C18.500 326 19 338 21 350C23 360 26 368 26 378L26 402L32 402C34 372 27 346 24 318C20 286 14 254 13 226Z",
  "M69 0C68.500 12 66.500 24 66.500 38C66.500 54 71 68 76 82L69 85C63 70 60 54 60.500 38C60.800 24 62 12 62 0Z",
];

/**
 * @typedef {object} View
 * @property {string} shorts the half of the running shorts, filled.
 * @property {string} band the half of their waistband, filled.
 * @property {string[]} edges their strong lines.
 * @property {string[]} shade soft shadows.
 * @property {string[]} details the fine lines, as filled shapes.
 * @property {string[]} seams the stitches.
 * @property {Object<string, {d: string, at: [number, number]}>} areas each area's shape and where its dot is. One whose dot is on the
 *     midline is whole, not a half. Where two overlap, the later one is tapped.
 */

/** @type {Object<string, View>} */
export const VIEWS = {
  front: {
    shorts:
      "M-1 106C28 106 56 101 77.500 90C80.500 98 82.500 106 84 113C87.500 127 92 142 94 160C97 184 98 208 98.500 233" +
      "L90 240L88 234C64 240 34 238 6.500 229C5.500 216 3.500 208 0 200L-1 200Z",
    edges: [
      "M74 80.500C75.500 83.500 76.500 86.500 77.500 90C80.500 98 82.500 106 84 113C87.500 127 92 142 94 160C97 184 98 208 98.500 233L90 240",
      "M90 219L88 234C64 240 34 238 6.500 229C5.500 216 3.500 208 0 200",
      "M-1 95C28 95 55 90.500 74 80.500",
      "M77.500 90C56 101 28 106 -1 106",
    ],
    band: "M-1 95C28 95 55 90.500 74 80.500C75.500 83.500 76.500 86.500 77.500 90C56 101 28 106 -1 106Z",
    shade: [...SHADE, "M6.500 229C34 238 64 240 88 234L88 240C64 247 34 246 7.500 237Z"],
    details: [
      pen(0, -6, 0, 10, 0, 28, 0, 47, 1.2),
      pen(40, -6, 39, 24, 36, 44, 31, 62, 1.4),
      pen(31, 62, 27, 72, 26, 80, 27, 90, 1.2),
      pen(-3.4, 62, -2.4, 67, 2.4, 67, 3.4, 62, 1.6),
      pen(57, 83, 62, 80, 67, 80, 70, 84, 1.4),
      pen(9, 203, 24, 184, 44, 160, 68, 140, 1.2),
      pen(8, 214, 20, 206, 28, 201, 36, 198, 1.1),
      pen(58, 248, 61, 278, 59, 304, 52, 330, 1.3),
      pen(25, 296, 35, 318, 44, 336, 42, 352, 1.5),
      pen(42, 352, 41, 360, 37, 366, 32, 368, 1.3),
      pen(75, 312, 74, 330, 69, 346, 65, 357, 1.4),
      pen(37, 376, 44, 368, 58, 368, 66, 375, 1.3),
      pen(1, 101, 6, 108, 2, 118, 5, 130, 1.2),
      pen(0, 101, 4, 94, 12, 96, 11, 101, 1.1),
      pen(11, 101, 10, 105, 4, 104, 0, 101, 1.1),
    ],
    seams: ["M0 106L0 196", "M6.500 225C34 234 64 236 91 229", "M80 96C84 130 88 180 86 232"],
    areas: {
      "lower-belly": {
        d: "M0 116C18 116 32 121 39 131C30 146 17 164 7 186L0 194L-7 186C-17 164 -30 146 -39 131C-32 121 -18 116 0 116Z",
        at: [0, 150],
      },
      groin: {
        d: "M7 192C14 176 26 160 36 152C44 150 50 158 49 166C43 184 28 200 14 210C8 210 5 200 7 192Z",
        at: [29, 181],
      },
      "deep-hip": {
        d: "M56 122C67 122 76 131 76 142C76 153 67 162 56 162C45 162 36 153 36 142C36 131 45 122 56 122Z",
        at: [56, 142],
      },
      "outer-hip": {
        d: "M80 104C84 110 86 122 90 134C96 156 98 188 97 212C94 220 86 220 82 212C79 190 78 166 78 142C77 128 76 112 80 104Z",
        at: [87, 168],
      },
      "front-thigh": {
        d: "M38 222C52 212 66 204 79 200C87 212 89 232 87 252C83 290 76 324 68 344C58 354 46 350 42 336C36 304 35 260 38 222Z",
        at: [60, 284],
      },
      "inner-thigh": {
        d: "M6 220C14 210 24 208 34 214C31 250 33 296 38 330C36 344 27 346 22 334C18 304 10 258 6 220Z",
        at: [21, 262],
      },
    },
  },
  back: {
    shorts:
      "M-1 94C28 94 56 93 77.500 88C80.500 97 82.500 106 84 113C87.500 127 92 142 94 160C97 184 98 208 98.500 233" +
      "L90 240L88 235C64 242 34 241 6.500 231C5.500 216 3.500 208 0 200L-1 200Z",
    edges: [
      "M74 78C75.500 81.500 76.500 84.500 77.500 88C80.500 97 82.500 106 84 113C87.500 127 92 142 94 160C97 184 98 208 98.500 233L90 240",
      "M90 219L88 235C64 242 34 241 6.500 231C5.500 216 3.500 208 0 200",
      "M-1 83C28 83 55 82.500 74 78",
      "M77.500 88C56 93 28 94 -1 94",
    ],
    band: "M-1 83C28 83 55 82.500 74 78C75.500 81.500 76.500 84.500 77.500 88C56 93 28 94 -1 94Z",
    shade: [
      ...SHADE,
      "M6.500 231C34 241 64 242 88 235L88 241C64 248 34 248 7.500 239Z",
      "M2 196C20 214 56 216 82 184C64 202 26 204 2 184Z",
    ],
    details: [
      pen(0, -8, -0.6, 20, 0.6, 44, 0, 72, 1.6),
      pen(20, -8, 19, 22, 17, 46, 12, 70, 1.3),
      pen(19, 75, 22, 79, 26, 79, 29, 76, 1.5),
      pen(50, -4, 50, 12, 52, 26, 57, 40, 1.1),
      pen(0, 112, 1.2, 140, 1.2, 168, 0, 199, 2),
      pen(2, 197, 22, 215, 56, 213, 80, 184, 2),
      pen(80, 128, 78, 140, 77, 152, 79, 164, 1.2),
      pen(50, 250, 53, 282, 53, 312, 48, 338, 1.3),
      pen(41, 330, 37, 348, 35, 364, 34, 386, 1.5),
      pen(61, 332, 66, 350, 68, 364, 69, 386, 1.5),
    ],
    seams: ["M6.500 227C34 237 64 238 91 230", "M79 94C83 130 88 180 86 233", "M2 112C26 116 54 112 81 104"],
    areas: {
      "outer-hip": {
        d: "M80 104C84 110 86 122 90 134C96 156 98 188 97 212C94 220 86 220 82 212C79 190 78 166 78 142C77 128 76 112 80 104Z",
        at: [87, 168],
      },
      "low-back": {
        d: "M0 18C18 18 34 26 40 42C45 62 42 82 30 98C20 107 8 109 0 109C-8 109 -20 107 -30 98C-42 82 -45 62 -40 42C-34 26 -18 18 0 18Z",
        at: [0, 60],
      },
      buttock: {
        d: "M42 113C61 113 74 122 78 140C81 159 74 177 59 185C43 193 21 191 10 181C5 172 5 136 10 125C16 116 28 113 42 113Z",
        at: [40, 150],
      },
      "sit-bone": {
        d: "M38 186C54 186 66 194 66 206C66 218 54 226 38 226C22 226 11 218 11 206C11 194 22 186 38 186Z",
        at: [38, 206],
      },
      "back-thigh": {
        d: "M15 236C34 230 66 228 87 234C85 280 77 320 69 342C58 354 40 354 33 340C26 306 19 270 15 236Z",
        at: [52, 290],
      },
    },
  },
};

/** The areas in the order they are named: their ids, the drawings they are on, and whether they have a left and a right. */
export const AREAS = [...new Set(Object.values(VIEWS).flatMap((view) => Object.keys(view.areas)))].map((id) => {
  const views = Object.keys(VIEWS).filter((name) => id in VIEWS[name].areas);
  return { id, views, sided: VIEWS[views[0]].areas[id].at[0] !== 0 };
});

/** A half of the drawing as the onlooker sees it, and the side of the body it is: who is seen from the front has the left on the right. */
const HALVES = {
  front: [
    { mirror: nothing, sign: 1, side: "left" },
    { mirror: "scale(-1 1)", sign: -1, side: "right" },
  ],
  back: [
    { mirror: nothing, sign: 1, side: "right" },
    { mirror: "scale(-1 1)", sign: -1, side: "left" },
  ],
};

const paths = (kind, list) => list.map((d) => svg`<path class="hw-hip-${kind}" d=${d} />`);

/**
 * The drawing as a lit template. It is for the eye and the finger only: whoever shows it says the same in words beside it.
 *
 * @param {"front" | "back"} name which one.
 * @param {object} [state]
 * @param {string} [state.area] id of the chosen area, or "".
 * @param {string} [state.side] "left", "right", or anything else for both.
 * @param {string} [state.pointed] id of the area that is pointed at in the words, or "".
 * @param {(area: string, side: string) => void} [state.pick] told which area was tapped; without it the drawing only shows the chosen one.
 * @param {(area: string) => void} [state.point] told which area the pointer is on, or "".
 */
export function drawing(name, { area = "", side = "", pointed = "", pick, point } = {}) {
  const view = VIEWS[name];
  const places = Object.entries(view.areas).flatMap(([id, { d, at }]) =>
    HALVES[name]
      .filter(({ sign }) => at[0] !== 0 || sign === 1)
      .map((half) => ({
        id,
        d,
        mirror: half.mirror,
        x: at[0] * half.sign,
        y: at[1],
        side: at[0] === 0 ? "" : half.side,
        chosen: id === area && (at[0] === 0 || !["left", "right"].includes(side) || side === half.side),
      })),
  );
  const shapes = pick ? places : places.filter((place) => place.chosen);
  return html`<svg class="hw-hip-drawing" viewBox="${-HALF} 0 ${2 * HALF} ${HEIGHT}" aria-hidden="true" focusable="false">
    ${HALVES[name].map(
      ({ mirror }) => svg`<g transform=${mirror}>
        <path class="hw-hip-body" d=${BODY} />${paths("shade", view.shade)}
        <path class="hw-hip-shorts" d=${view.shorts} /><path class="hw-hip-band" d=${view.band} />
      </g>`,
    )}
    ${shapes.map(
      (place) => svg`<g
        class="hw-hip-area ${place.chosen ? "hw-is-chosen" : ""} ${place.id === pointed ? "hw-is-pointed" : ""} ${pick ? "hw-is-live" : ""}"
        transform=${place.mirror}
        data-area=${place.id}
        data-side=${place.side}
        @click=${pick ? () => pick(place.id, place.side) : null}
        @pointerenter=${point ? () => point(place.id) : null}
        @pointerleave=${point ? () => point("") : null}
      ><path class="hw-hip-reach" d=${place.d} /><path class="hw-hip-shape" d=${place.d} /></g>`,
    )}
    <g class="hw-hip-lines">
      ${HALVES[name].map(
        ({ mirror }) => svg`<g transform=${mirror}>
          ${paths("contour", CONTOURS)}${paths("contour", view.edges)}${paths("detail", view.details)}${paths("seam", view.seams)}
        </g>`,
      )}
      ${shapes.map((place) =>
        place.chosen
          ? svg`<g class="hw-hip-tick" transform="translate(${place.x} ${place.y})"><circle r="9" /><path d="M-4 0.500L-1.200 3.300L4.200 -3" /></g>`
          : svg`<circle class="hw-hip-dot" cx=${place.x} cy=${place.y} r="3.600" />`,
      )}
    </g>
  </svg>`;
}
