// What is chosen on a screen stands in the address: a view can be sent by mail, and back works.
import { useCallback } from "react";
import { useSearchParams } from "wouter";

/** One name of the address's query; the fallback is not written. */
export function useUrlState(name: string, fallback = ""): [string, (value: string) => void] {
  const [parameters, change] = useSearchParams();
  const set = useCallback(
    (value: string) =>
      change(
        (before) => {
          const next = new URLSearchParams(before);
          if (value === fallback) next.delete(name);
          else next.set(name, value);
          return next;
        },
        { replace: true },
      ),
    [change, name, fallback],
  );
  return [parameters.get(name) ?? fallback, set];
}

/** A path of this page, as the server writes them; anything else is no link. */
export function pathOf(link: string | undefined): string | undefined {
  return link !== undefined && /^\/(?![/\\])/.test(link) ? link : undefined;
}
