/** The templates that come with the example: drawn here, so that nobody else's picture is needed. */
const frame = (body: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="520" viewBox="0 0 640 520">${body}</svg>`;

/** Grain like that of a photograph, over a part of the picture. */
const grain = (id: string, scale: number, opacity: number, seed: number): string =>
  `<filter id="${id}"><feTurbulence type="fractalNoise" baseFrequency="${scale}" numOctaves="5" seed="${seed}"/>` +
  `<feColorMatrix type="saturate" values="0"/></filter>` +
  `<rect width="640" height="520" filter="url(#${id})" opacity="${opacity}"/>`;

const burst = (x: number, y: number, colours: readonly string[]): string =>
  Array.from({ length: 18 }, (_, n) => {
    const at = (turn: number): string =>
      `${(x + 700 * Math.cos((turn * Math.PI) / 9)).toFixed(0)},${(y + 700 * Math.sin((turn * Math.PI) / 9)).toFixed(0)}`;
    return `<path d="M${x},${y} L${at(n)} L${at(n + 1)} Z" fill="${colours[n % colours.length]}"/>`;
  }).join('');

/** SVG by label. */
export const TEMPLATES: Readonly<Record<string, string>> = {
  'wise-owl': frame(`
    ${burst(320, 260, ['#f3b23c', '#e58f2a', '#f7cf6a'])}
    <path d="M200 120 L240 190 L400 190 L440 120 L450 360 Q320 560 190 360 Z" fill="#6b4a2f"/>
    <path d="M230 330 Q320 480 410 330 Q320 290 230 330" fill="#d9b98a"/>
    <path d="M250 350 l20 20 l20 -20 l20 20 l20 -20 l20 20 l20 -20 M270 385 l17 17 l17 -17 l17 17 l17 -17" fill="none" stroke="#6b4a2f" stroke-width="6"/>
    <circle cx="258" cy="235" r="58" fill="#fff6dd"/><circle cx="382" cy="235" r="58" fill="#fff6dd"/>
    <circle cx="270" cy="240" r="30" fill="#20140a"/><circle cx="370" cy="240" r="30" fill="#20140a"/>
    <circle cx="280" cy="228" r="9" fill="#fff"/><circle cx="380" cy="228" r="9" fill="#fff"/>
    <path d="M300 265 L340 265 L320 315 Z" fill="#e8a020"/>
    <rect x="190" y="176" width="260" height="12" rx="6" fill="#3a2516" transform="rotate(-4 320 180)"/>`),
  'rocket-launch': frame(`
    <defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#0b1440"/><stop offset="0.6" stop-color="#4a3a86"/><stop offset="1" stop-color="#f08a5d"/></linearGradient></defs>
    <rect width="640" height="520" fill="url(#sky)"/>${grain('g1', 0.02, 0.16, 3)}
    <circle cx="90" cy="80" r="3" fill="#fff"/><circle cx="200" cy="50" r="2" fill="#fff"/><circle cx="520" cy="60" r="3" fill="#fff"/><circle cx="590" cy="170" r="2" fill="#fff"/>
    <circle cx="520" cy="130" r="46" fill="#dcd6c0"/><circle cx="505" cy="120" r="10" fill="#b8b199"/><circle cx="535" cy="145" r="7" fill="#b8b199"/>
    <path d="M0 470 Q160 400 320 470 T640 450 L640 520 L0 520 Z" fill="#2c2342"/>
    <ellipse cx="320" cy="470" rx="210" ry="44" fill="#cfc7d8"/><ellipse cx="210" cy="450" rx="90" ry="36" fill="#b5acc4"/><ellipse cx="430" cy="452" rx="100" ry="36" fill="#e6e0ec"/>
    <path d="M290 400 L320 490 L350 400 Z" fill="#ffb52e"/><path d="M304 400 L320 455 L336 400 Z" fill="#fff3b0"/>
    <path d="M320 90 Q380 170 372 400 L268 400 Q260 170 320 90 Z" fill="#eceff4"/>
    <path d="M320 90 Q352 130 362 190 L278 190 Q288 130 320 90 Z" fill="#d0363b"/>
    <path d="M268 320 L220 410 L268 396 Z M372 320 L420 410 L372 396 Z" fill="#d0363b"/>
    <circle cx="320" cy="245" r="28" fill="#3b6ea8" stroke="#555f70" stroke-width="8"/>`),
  'thinking-robot': frame(`
    <rect width="640" height="520" fill="#8fd3c8"/><circle cx="320" cy="260" r="235" fill="#b8e6de"/>
    <rect x="190" y="110" width="260" height="210" rx="34" fill="#8893a5" stroke="#3a4353" stroke-width="9"/>
    <path d="M320 110 L320 62" stroke="#3a4353" stroke-width="9"/><circle cx="320" cy="52" r="18" fill="#f25c54"/>
    <rect x="222" y="160" width="80" height="66" rx="14" fill="#14202e"/><rect x="338" y="160" width="80" height="66" rx="14" fill="#14202e"/>
    <circle cx="278" cy="180" r="14" fill="#5ff0ff"/><circle cx="394" cy="180" r="14" fill="#5ff0ff"/>
    <path d="M254 276 h34 v-10 h30 v10 h30 v-10 h34" fill="none" stroke="#14202e" stroke-width="9"/>
    <rect x="230" y="336" width="180" height="150" rx="20" fill="#707b8d" stroke="#3a4353" stroke-width="9"/>
    <rect x="262" y="366" width="70" height="50" fill="#f7d154"/><circle cx="374" cy="380" r="12" fill="#f25c54"/><circle cx="374" cy="414" r="12" fill="#58c46b"/>
    <path d="M412 370 Q520 420 470 310 L420 300" fill="none" stroke="#3a4353" stroke-width="24" stroke-linejoin="round"/>
    <path d="M228 370 Q130 400 150 480" fill="none" stroke="#3a4353" stroke-width="24"/>`),
  'two-buttons': frame(`
    <rect width="640" height="520" fill="#e7ecf2"/><rect width="640" height="250" fill="#9fb3c8"/>
    <path d="M40 250 L600 250 L640 520 L0 520 Z" fill="#5b6b7d"/>
    <ellipse cx="200" cy="360" rx="105" ry="46" fill="#2e3844"/><ellipse cx="200" cy="338" rx="86" ry="38" fill="#d7263d"/><ellipse cx="182" cy="326" rx="30" ry="10" fill="#f28090"/>
    <ellipse cx="440" cy="360" rx="105" ry="46" fill="#2e3844"/><ellipse cx="440" cy="338" rx="86" ry="38" fill="#1b7fd1"/><ellipse cx="422" cy="326" rx="30" ry="10" fill="#86c5f7"/>
    <path d="M330 20 Q420 60 370 150 Q330 220 316 300 L286 296 Q292 200 268 150 Q240 60 330 20" fill="#f2c9a0" stroke="#5a3d2b" stroke-width="7"/>
    <path d="M286 296 Q300 330 316 300" fill="#f2c9a0" stroke="#5a3d2b" stroke-width="7"/>
    <path d="M110 60 l14 40 M160 40 l4 44 M520 50 l-14 40 M470 36 l-2 44" stroke="#3d6fa3" stroke-width="9" stroke-linecap="round"/>`),
  'burning-server': frame(`
    <rect width="640" height="520" fill="#3a2a20"/>${grain('g2', 0.035, 0.3, 8)}
    <rect y="430" width="640" height="90" fill="#1d1512"/>
    <rect x="200" y="90" width="240" height="360" rx="8" fill="#20262e" stroke="#0c0f13" stroke-width="8"/>
    ${[0, 1, 2, 3, 4].map((n) => `<rect x="218" y="${112 + n * 64}" width="204" height="48" fill="#39434f"/><circle cx="240" cy="${136 + n * 64}" r="7" fill="${n % 2 ? '#58c46b' : '#f25c54'}"/><path d="M270 ${128 + n * 64} h130 M270 ${144 + n * 64} h130" stroke="#1a2027" stroke-width="5"/>`).join('')}
    <path d="M180 460 Q140 360 210 300 Q210 350 240 360 Q230 240 310 170 Q310 260 360 300 Q390 250 380 200 Q470 280 440 380 Q470 370 470 330 Q510 400 460 460 Z" fill="#ff7a1a" opacity="0.92"/>
    <path d="M240 460 Q220 400 260 360 Q270 400 290 400 Q290 330 330 290 Q340 370 380 390 Q400 380 396 350 Q430 410 400 460 Z" fill="#ffd23e"/>
    <path d="M90 430 q-14 -60 20 -80 q-6 40 20 80 Z M540 430 q-14 -60 20 -80 q-6 40 20 80 Z" fill="#ff7a1a"/>`),
  'sleepy-sloth': frame(`
    <rect width="640" height="520" fill="#cfe8b4"/>
    ${[40, 150, 470, 570].map((x, n) => `<path d="M${x} 0 q40 ${60 + n * 20} -10 ${130 + n * 12} q-50 -60 10 -${130 + n * 12}" fill="${n % 2 ? '#5d9b48' : '#79b35c'}"/>`).join('')}
    <path d="M0 130 Q320 90 640 150 L640 186 Q320 126 0 168 Z" fill="#7b5836"/>
    <path d="M180 120 Q150 330 250 420 Q330 480 420 410 Q500 320 470 130 L430 130 Q440 250 400 270 L250 270 Q210 240 224 124 Z" fill="#a8825b"/>
    <ellipse cx="320" cy="330" rx="112" ry="96" fill="#e8d3b0"/>
    <path d="M222 318 Q270 290 300 330 Q262 372 226 352 Z M418 318 Q370 290 340 330 Q378 372 414 352 Z" fill="#5a3d27"/>
    <path d="M250 334 q20 12 40 0 M350 334 q20 12 40 0" stroke="#1c120a" stroke-width="7" fill="none"/>
    <ellipse cx="320" cy="356" rx="22" ry="14" fill="#2d1b10"/><path d="M286 386 Q320 412 354 386" stroke="#2d1b10" stroke-width="6" fill="none"/>
    <path d="M470 60 h40 l-40 44 h44 M540 26 h26 l-26 28 h28" stroke="#3f6b32" stroke-width="8" fill="none"/>`),
  'mountain-view': frame(`
    <defs><linearGradient id="dusk" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#7ab8e0"/><stop offset="1" stop-color="#fbe3c0"/></linearGradient></defs>
    <rect width="640" height="520" fill="url(#dusk)"/>
    <path d="M0 330 L90 210 L150 270 L260 120 L350 250 L420 180 L560 320 L640 250 L640 520 L0 520 Z" fill="#6f7f96"/>
    <path d="M260 120 L300 178 L272 170 L254 196 L236 160 Z M420 180 L450 212 L420 208 L404 198 Z M90 210 L112 232 L84 226 Z" fill="#f6f8fb"/>
    <path d="M0 380 Q140 300 300 370 T640 340 L640 520 L0 520 Z" fill="#3f6b4a"/>${grain('g3', 0.05, 0.28, 21)}
    <path d="M0 520 Q220 400 330 420 Q380 430 300 470 Q260 490 300 520 Z" fill="#b9d7ea"/>
    ${[60, 120, 430, 500, 560, 610].map((x, n) => `<path d="M${x} ${400 - (n % 3) * 14} l26 70 h-52 Z m0 34 l32 76 h-64 Z" fill="#1f3d2b"/>`).join('')}`),
  'two-panels': frame(`
    <rect width="640" height="520" fill="#fffdf7"/>
    <rect x="8" y="8" width="308" height="248" fill="#ffb3a7"/><rect x="8" y="264" width="308" height="248" fill="#a7d8ff"/>
    <path d="M320 0 V520 M0 260 H640" stroke="#111" stroke-width="7"/><rect x="4" y="4" width="632" height="512" fill="none" stroke="#111" stroke-width="7"/>
    ${[0, 256]
      .map(
        (y, n) => `<circle cx="160" cy="${110 + y}" r="62" fill="#fff" stroke="#111" stroke-width="6"/>
    <path d="M110 ${256 + y - 6} Q120 ${176 + y} 160 ${176 + y} Q200 ${176 + y} 210 ${256 + y - 6}" fill="#fff" stroke="#111" stroke-width="6"/>
    <circle cx="140" cy="${98 + y}" r="7"/><circle cx="182" cy="${98 + y}" r="7"/>
    ${n === 0 ? `<path d="M136 140 q24 -22 48 0" fill="none" stroke="#111" stroke-width="6"/><path d="M124 80 l24 8 M196 80 l-24 8" stroke="#111" stroke-width="6"/><path d="M212 170 Q270 130 262 60" fill="none" stroke="#111" stroke-width="20" stroke-linecap="round"/>` : `<path d="M132 ${134 + y} q28 28 56 0 Z" fill="#d33" stroke="#111" stroke-width="6"/><path d="M206 ${200 + y} L280 ${150 + y}" stroke="#111" stroke-width="20" stroke-linecap="round"/>`}`,
      )
      .join('')}`),
  'confused-penguin': frame(`
    <rect width="640" height="520" fill="#a9d6ef"/><path d="M0 380 Q160 340 320 380 T640 370 L640 520 L0 520 Z" fill="#f4fbff"/>
    <path d="M40 380 L90 300 L150 384 Z M500 372 L570 270 L640 376 Z" fill="#d5ecf7"/>
    <ellipse cx="320" cy="310" rx="126" ry="166" fill="#22262f"/><ellipse cx="320" cy="336" rx="86" ry="128" fill="#fdfdf8"/>
    <path d="M204 260 Q130 330 170 400 Q200 380 212 340 Z M436 260 Q530 220 520 140 Q470 170 428 230 Z" fill="#22262f"/>
    <circle cx="282" cy="210" r="30" fill="#fff"/><circle cx="362" cy="204" r="38" fill="#fff"/><circle cx="292" cy="212" r="11"/><circle cx="352" cy="202" r="13"/>
    <path d="M290 246 L354 246 L322 284 Z" fill="#f29a2e"/>
    <ellipse cx="262" cy="474" rx="46" ry="18" fill="#f29a2e"/><ellipse cx="376" cy="474" rx="46" ry="18" fill="#f29a2e"/>
    <path d="M90 90 q0 -44 40 -44 q44 0 40 42 q-2 26 -38 40 v24 M131 176 v10" stroke="#2f6f99" stroke-width="14" fill="none" stroke-linecap="round"/>`),
  'coffee-break': frame(`
    <rect width="640" height="520" fill="#b98a5e"/>
    ${Array.from({ length: 9 }, (_, n) => `<path d="M0 ${n * 62} Q320 ${n * 62 + (n % 2 ? 22 : -18)} 640 ${n * 62 + 6}" stroke="#9c7047" stroke-width="${6 + (n % 3) * 4}" fill="none"/>`).join('')}
    <rect x="400" y="60" width="200" height="270" fill="#f5f1e6" transform="rotate(9 500 200)"/><path d="M424 110 h140 M420 150 h150 M416 190 h120 M412 230 h146" stroke="#8b93a0" stroke-width="7" transform="rotate(9 500 200)"/>
    <ellipse cx="250" cy="310" rx="190" ry="150" fill="#f2efe9"/><ellipse cx="250" cy="310" rx="150" ry="116" fill="#ded8cd"/>
    <circle cx="250" cy="290" r="112" fill="#fffdfa"/><circle cx="250" cy="290" r="92" fill="#5a3620"/>
    <path d="M250 350 Q190 300 210 262 Q236 240 250 270 Q264 240 290 262 Q310 300 250 350" fill="#e2c39c"/>
    <path d="M356 250 Q440 240 420 310 Q400 350 344 336" fill="none" stroke="#fffdfa" stroke-width="22"/>
    <path d="M520 380 L600 500" stroke="#c9ced6" stroke-width="16" stroke-linecap="round"/><ellipse cx="512" cy="368" rx="26" ry="34" fill="#c9ced6" transform="rotate(-33 512 368)"/>`),
};
