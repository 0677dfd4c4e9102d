import { CoreErrors } from "../../core/errors";
import type { Problems } from "../../core/problems";
import type { EngineKind } from "../serving";
import { ENGINE_ABILITIES } from "./engines/engine";
import { KubernetesServingErrors } from "./errors";
import { OWN_ENVIRONMENT } from "./pods";
import { checkImage, PATH } from "./value-rules";
import type { ResolvedVariant } from "./variant";

export function cannot(problems: Problems, engine: EngineKind, subject: string, given: unknown): void {
  problems.add(KubernetesServingErrors.EngineCannot, { subject, given, allowed: `what ${engine} can` });
}

/** Reports what the engine of a variant cannot do. */
export function checkEngine(problems: Problems, at: string, { props, parts, cache }: ResolvedVariant): void {
  const { engine } = props.plan;
  const { adapters, severalNodes, split, streams, prefixCachingIsSwitched } = ENGINE_ABILITIES[engine];
  const { settings, model, plan } = { settings: props.engine, ...props };
  if (model.adapters.length > 0 && !adapters) {
    cannot(problems, engine, `${at}.model.adapters`, model.adapters.map(({ name }) => name).join(", "));
  }
  if (plan.nodesPerReplica > 1 && !severalNodes) {
    cannot(problems, engine, `${at}.plan.nodesPerReplica`, plan.nodesPerReplica);
  }
  if (parts.length > 1 && !split) {
    cannot(problems, engine, `${at}.plan.replicas`, "prefill and decode apart");
  }
  if (cache.kind === "stream" && !streams) {
    cannot(problems, engine, `${at}.cache`, "stream");
  }
  if (settings.prefixCaching !== undefined && !prefixCachingIsSwitched) {
    cannot(problems, engine, `${at}.engine.prefixCaching`, settings.prefixCaching);
  }
  if (settings.quantization !== undefined && engine === "triton") {
    cannot(problems, engine, `${at}.engine.quantization`, settings.quantization);
  }
  if (!["bf16", "fp16", "fp8"].includes(model.cachePrecision) && engine !== "triton") {
    cannot(problems, engine, `${at}.model.cachePrecision`, model.cachePrecision);
  }
  checkSettings(problems, `${at}.engine`, props);
}

function checkSettings(problems: Problems, at: string, { engine, plan }: ResolvedVariant["props"]): void {
  checkImage(problems, `${at}.image`, engine.image);
  if (plan.engine === "triton") {
    if (
      problems.required(`${at}.tokenizer`, engine.tokenizer, "the path of the tokenizer within the weights")
    ) {
      problems.name(`${at}.tokenizer`, engine.tokenizer!, PATH);
    }
  } else if (engine.tokenizer !== undefined) {
    problems.add(CoreErrors.NoEffect, {
      subject: `${at}.tokenizer`,
      given: engine.tokenizer,
      allowed: `nothing: ${plan.engine} finds it beside the weights`,
    });
  }
  for (const name of Object.keys(engine.environment ?? {}).filter((each) => OWN_ENVIRONMENT.includes(each))) {
    problems.add(CoreErrors.NoEffect, {
      subject: `${at}.environment.${name}`,
      given: engine.environment![name],
      allowed: "variables that the library does not set",
    });
  }
}
