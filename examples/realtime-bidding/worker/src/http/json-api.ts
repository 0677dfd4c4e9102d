import type { AuthConfig } from "../config/config.js";
import { type Authorize, authorizer } from "./credentials.js";
import type { Http } from "./http.js";

/** The service answered, and not with what was asked for. */
export class RefusedByService extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** One more try may help: the service is overloaded or broken, the request is not. */
export const mayRetry = (error: unknown): boolean =>
  !(error instanceof RefusedByService) || error.status === 429 || error.status >= 500;

const SHOWN = 200;

/** Asks one service in JSON, and gives its JSON answer. */
export class JsonApi {
  readonly #authorize: Authorize;

  constructor(
    private readonly http: Http,
    auth: AuthConfig,
  ) {
    this.#authorize = authorizer(auth, http);
  }

  /**
   * @param headers beside those that let the request in
   * @throws RefusedByService, NoAnswer
   */
  post(
    url: string,
    content: unknown,
    timeoutMs: number,
    headers?: Readonly<Record<string, string>>,
  ): Promise<unknown> {
    return this.#ask("POST", url, timeoutMs, JSON.stringify(content), headers);
  }

  /** @throws RefusedByService, NoAnswer */
  get(url: string, timeoutMs: number): Promise<unknown> {
    return this.#ask("GET", url, timeoutMs);
  }

  async #ask(
    method: "GET" | "POST",
    url: string,
    timeoutMs: number,
    body?: string,
    others?: Readonly<Record<string, string>>,
  ): Promise<unknown> {
    const authorization = await this.#authorize({ method, url, body });
    const headers = others === undefined ? authorization : { ...authorization, ...others };
    const answer = await this.http({ method, url, body, headers, timeoutMs });
    if (answer.status < 200 || answer.status > 299) {
      const said = answer.body.slice(0, SHOWN);
      throw new RefusedByService(answer.status, `${new URL(url).origin} answered ${answer.status}: ${said}`);
    }
    try {
      return JSON.parse(answer.body);
    } catch {
      throw new RefusedByService(502, `${new URL(url).origin} answered with something that is not JSON`);
    }
  }
}
