// What is not needed for the first picture, in one file of its own: each further import point would cut the bundle into more pieces.

export { openShare } from "./share";
export { openAuthor } from "./teach/author";
export { Exercises } from "./teach/panel";
export { pinTable } from "./compare/table";
export { Sweep } from "./compare/sweep";
export { take } from "./takeaway/actions";
export { openTakeAway } from "./takeaway/dialog";
export { factsOf } from "./takeaway/facts";
