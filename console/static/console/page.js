import { startActs } from "./acts.js";
import { startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { startMoments } from "./moments.js";
import { startSwaps } from "./swaps.js";

document.documentElement.classList.add("scripting");
startMoments();
startSwaps();
startActs();
startKeys();
startLive();
