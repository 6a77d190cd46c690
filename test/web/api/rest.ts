import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { keyIn } from '../../../src/application/callers.js';
import { ALICE, World } from '../../graphql/world.js';
import { appOf, serverOptions } from '../../support/sites.js';

const FORM_TYPE = 'application/x-www-form-urlencoded';

/** The REST interface of a world, called as curl calls it. */
export class Rest {
  private constructor(
    readonly world: World,
    readonly app: FastifyInstance,
  ) {}

  /** Until the test has finished. */
  static async start(): Promise<Rest> {
    const world = World.start();
    await world.keys();
    const { readModel, requests } = world;
    const app = await appOf({
      ...serverOptions(),
      ...{ readModel, requests },
      rejectList: { entries: () => world.rejected },
      callerOf: (headers) => world.callers.withKey(keyIn((name) => headers[name]?.toString())),
    });
    return new Rest(world, app);
  }

  call(method: 'GET' | 'POST', path: string, key: string | null = ALICE): Promise<LightMyRequestResponse> {
    return this.app.inject({ method, url: `/api/v1${path}`, headers: key === null ? {} : { 'auth-key': key } });
  }

  /** As `curl --data` sends it. */
  post(path: string, fields: Record<string, string>, key = ALICE): Promise<LightMyRequestResponse> {
    return this.send(path, new URLSearchParams(fields).toString(), FORM_TYPE, key);
  }

  send(path: string, payload: string | Buffer, type: string, key = ALICE): Promise<LightMyRequestResponse> {
    const headers = { 'content-type': type, 'auth-key': key };
    return this.app.inject({ method: 'POST', url: `/api/v1${path}`, headers, payload });
  }

  /** Resolves when the read model knows all that was written. */
  async caughtUp(): Promise<void> {
    await this.world.projector.reached((await this.world.log.lastPosition())!);
  }
}
