// Mozilla's HTTP Observatory, its own scanner and graders unchanged, on a site of this machine:
//
//     node observatory.mjs SITE HTTP_PORT HTTPS_PORT      prints the scan as JSON
//
// SITE is a host, or a host with a path. Whatever the scanner asks for, it reaches the two ports of 127.0.0.1.
import http from "node:http";
import https from "node:https";

const [site, httpPort, httpsPort] = process.argv.slice(2);

for (const [{ Agent }, port] of [[http, httpPort], [https, httpsPort]]) {
  const connect = Agent.prototype.createConnection;
  Agent.prototype.createConnection = function (options, ...rest) {
    return connect.call(this, { ...options, host: "127.0.0.1", port: Number(port) }, ...rest);
  };
}

const scanner = new URL("../.bench/node_modules/@mdn/mdn-http-observatory/src/index.js", import.meta.url);
const { scan } = await import(scanner);
console.log(JSON.stringify(await scan(site)));
