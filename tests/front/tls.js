import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";

/** Starts a server with TLS in front of the one at `url`. `certificate` is the file of its certificate. */
export async function startTls(url) {
  const folder = mkdtempSync(join(tmpdir(), "formevent-"));
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const made = ["-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=formevent"];
  const extensions = ["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"];
  execFileSync("openssl", ["req", ...made, ...extensions], { stdio: "pipe" });
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate), noDelay: true }, (socket) => {
    const plain = connect({ port: new URL(url).port, host: "127.0.0.1", noDelay: true });
    for (const end of [socket, plain]) {
      end.on("error", () => {
        socket.destroy();
        plain.destroy();
      });
    }
    socket.pipe(plain).pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `https://127.0.0.1:${server.address().port}`,
    certificate,
    close() {
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
}
