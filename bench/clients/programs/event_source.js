// Reads one scenario with the EventSource of the browser, up to its first error.
([url, names, patienceMs]) =>
  new Promise((resolve) => {
    const events = [];
    const source = new EventSource(url);
    let timer;
    const leave = (ending) => {
      clearTimeout(timer);
      source.close();
      resolve({ events, ending });
    };
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(leave, patienceMs, "waits");
    };
    for (const name of names) {
      source.addEventListener(name, (event) => {
        if (!(event instanceof MessageEvent)) return;
        events.push([name, event.data]);
        wait();
      });
    }
    source.addEventListener("error", (event) => {
      if (event instanceof MessageEvent) return;
      leave(source.readyState === EventSource.CLOSED ? "stops" : "reconnects");
    });
    wait();
  });
