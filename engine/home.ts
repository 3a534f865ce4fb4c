// Where lockstep keeps what outlives a clone; it is not only the embedded server's.
export { lockstepHome } from "./embedded/home.ts";
