import { FanTokens } from '../stage/fans';
import { answerTasks } from '../tasks';
import { FlowSchema, follow } from './flow';
import { VolleySchema } from './plan';
import { Sale, SaleSchema } from './sale';
import { Spree, SpreeSchema } from './spree';
import { fire } from './volley';

/** The load generator: a process of its own, kept for the whole run so that its code is compiled and warm. */
const tokens = new FanTokens();

answerTasks({
  volley: async (input) => fire(VolleySchema.parse(input), tokens),
  flow: async (input) => follow(FlowSchema.parse(input), tokens),
  spree: async (input) => new Spree(SpreeSchema.parse(input), tokens).run(),
  sale: async (input) => {
    const plan = SaleSchema.parse(input);
    for (let fan = 1; fan <= plan.fans; fan += 1) tokens.access(fan);
    return new Sale(plan, tokens).run();
  },
});
