// The same hold model in SIM.JS, as its documentation writes entities. Only where somebody has installed the package `simjs`.
import { Entity, Random, Sim } from 'simjs';

const [, size = '', count = ''] = process.argv.slice(2);
const pending = Number(size);
const events = Number(count);
const random = new Random(1);
const simulation = new Sim();
let done = 0;

class Walk extends Entity {
  start() {
    this.step();
  }

  step() {
    done++;
    this.setTimer(random.exponential(1)).done(() => this.step());
  }
}

for (let index = 0; index < pending; index++) simulation.addEntity(Walk);
const began = performance.now();
simulation.simulate(events / pending);
process.stdout.write(`${(1_000 * done) / (performance.now() - began)}\n`);
