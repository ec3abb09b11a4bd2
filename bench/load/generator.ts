import { FanTokens } from '../stage/fans';
import { VolleySchema } from './plan';
import { answerTasks } from '../tasks';
import { fire } from './volley';

/** The load generator: a process of its own, kept for the whole run so that its code is compiled and warm. */
const tokens = new FanTokens();

answerTasks({
  volley: async (input) => fire(VolleySchema.parse(input), tokens),
});
