/// Shows a page anew while what it tells of goes on. What was opened stays open, and what had the focus has it again.
enum PageScript {
    static let text = """
        (() => {
          const main = () => document.querySelector("main");
          const later = () => {
            const seconds = Number(main().dataset.refresh);
            if (seconds > 0) setTimeout(look, seconds * 1000);
          };
          const look = async () => {
            try {
              const answer = document.hidden ? null : await fetch(location.href, { headers: { accept: "text/html" } });
              if (answer && answer.ok) {
                const page = new DOMParser().parseFromString(await answer.text(), "text/html");
                for (const now of document.querySelectorAll("details")) {
                  const then = page.getElementById(now.id);
                  if (then) then.open = now.open;
                }
                const focus = document.activeElement && document.activeElement.closest("[id]");
                main().replaceWith(page.querySelector("main"));
                const next = focus && document.getElementById(focus.id);
                if (next && next !== focus) (next.querySelector("summary") || next).focus();
              }
            } catch {
              // The server is away: it is asked again.
            }
            later();
          };
          later();
        })();
        """
}
