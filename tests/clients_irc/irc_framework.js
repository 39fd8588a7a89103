// A client of irc-framework: shows every line, and calls the methods that its standard input names, as JSON.
const [port, nick, channel] = process.argv.slice(2);
const IRC = require("irc-framework");
const client = new IRC.Client();
const show = (...words) => console.log(...words);

client.requestCap("draft/chathistory");
client.on("raw", (event) => show(event.from_server ? "<" : ">", event.line));
client.on("registered", () => client.join(channel));
for (const kind of ["close", "reconnecting", "socket close", "socket error"]) {
  client.on(kind, () => show(kind));
}
client.connect({
  host: "127.0.0.1", port: Number(port), nick, auto_reconnect: false, enable_echomessage: true,
  enable_chghost: true, enable_setname: true,
});

require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const [method, ...words] = JSON.parse(line);
  client[method](...words);
}).on("close", () => process.exit(0));
