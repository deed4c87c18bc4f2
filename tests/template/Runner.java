import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.lang.StringEscapeUtils;
import org.apache.velocity.Template;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.runtime.RuntimeConstants;
import org.apache.velocity.runtime.RuntimeInstance;
import org.apache.velocity.runtime.log.NullLogChute;
import org.apache.velocity.runtime.parser.ParseException;

/**
 * Renders a mapping template in Apache Velocity 1.7, with stand-ins for API Gateway's variables.
 *
 * <p>Usage: {@code java Runner.java TEMPLATE}. Standard input is a sequence of requests: the maps of variables,
 * headers and query parameters. A map is its size and then names and values; a string is its length in bytes and
 * then its UTF-8; numbers are four bytes, big-endian. For each request, standard output gets a byte, 1 if the
 * template rendered and 0 if it threw, and then the text or the message.
 */
public final class Runner {
  /** API Gateway ends a #foreach here. */
  private static final int MAX_ROUNDS = 1000;

  /** Velocity states the place in the message alone. */
  private static final Pattern PLACE = Pattern.compile("\\[(line \\d+, column \\d+)]");

  public static void main(String[] args) throws Exception {
    RuntimeInstance engine = new RuntimeInstance();
    engine.setProperty(RuntimeConstants.RUNTIME_LOG_LOGSYSTEM_CLASS, NullLogChute.class.getName());
    engine.setProperty(RuntimeConstants.MAX_NUMBER_LOOPS, MAX_ROUNDS);
    engine.init();
    Template template = new Template();
    template.setRuntimeServices(engine);
    try {
      template.setData(engine.parse(new StringReader(Files.readString(Path.of(args[0]))), ""));
    } catch (IOException | ParseException error) {
      System.err.println(error);
      System.exit(1);
    }
    template.initDocument();

    DataInputStream in = new DataInputStream(new BufferedInputStream(System.in));
    DataOutputStream out = new DataOutputStream(new BufferedOutputStream(System.out));
    while (true) {
      Map<String, String> variables;
      try {
        variables = readMap(in);
      } catch (EOFException end) {
        break;
      }
      VelocityContext context = context(variables, readMap(in), readMap(in));
      StringWriter text = new StringWriter();
      boolean rendered = true;
      try {
        template.merge(context, text);
      } catch (RuntimeException error) {
        rendered = false;
        text = new StringWriter();
        text.write(message(error));
      }
      out.writeBoolean(rendered);
      byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
      out.writeInt(bytes.length);
      out.write(bytes);
    }
    out.flush();
  }

  /** The first cause, and its place in the template. */
  private static String message(RuntimeException error) {
    Throwable cause = error;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    Matcher place = PLACE.matcher(String.valueOf(error.getMessage()));
    return (place.find() ? place.group(1) + ": " : "") + cause;
  }

  private static VelocityContext context(
      Map<String, String> variables, Map<String, String> headers, Map<String, String> query) {
    Lenient identity = new Lenient();
    for (String name :
        new String[] {
          "cognitoIdentityPoolId", "accountId", "cognitoIdentityId", "caller", "sourceIp", "accessKey",
          "cognitoAuthenticationType", "cognitoAuthenticationProvider", "userArn", "userAgent", "user"
        }) {
      identity.put(name, variables.getOrDefault(name, ""));
    }
    Lenient request = new Lenient();
    request.put("identity", identity);
    for (String name : new String[] {"httpMethod", "requestId", "resourcePath", "stage"}) {
      request.put(name, variables.get(name));
    }
    VelocityContext context = new VelocityContext();
    context.put("context", request);
    context.put("input", new Input(variables.get("body"), headers, query));
    context.put("stageVariables", new Lenient());
    context.put("util", new Util());
    return context;
  }

  private static Map<String, String> readMap(DataInputStream in) throws IOException {
    Map<String, String> map = new LinkedHashMap<>();
    for (int left = in.readInt(); left > 0; left--) {
      String name = readString(in);
      map.put(name, readString(in));
    }
    return map;
  }

  private static String readString(DataInputStream in) throws IOException {
    return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
  }

  /** $context and $stageVariables: a member that the request does not have renders as nothing, at any depth. */
  public static final class Lenient extends LinkedHashMap<String, Object> {
    @Override
    public Object get(Object name) {
      return containsKey(name) ? super.get(name) : new Lenient();
    }

    @Override
    public String toString() {
      return isEmpty() ? "" : super.toString();
    }
  }

  /** $input of a request whose body is not JSON. */
  public static final class Input {
    private final String body;
    private final Map<String, Map<String, String>> params = new LinkedHashMap<>();

    Input(String body, Map<String, String> headers, Map<String, String> query) {
      this.body = body;
      params.put("path", new LinkedHashMap<>());
      params.put("querystring", query);
      params.put("header", headers);
    }

    public String getBody() {
      return body;
    }

    public String path(String path) {
      if (!path.equals("$")) {
        throw new IllegalArgumentException("$input.path of a form takes '$' alone, not '" + path + "'");
      }
      return body;
    }

    public String json(String path) {
      return '"' + StringEscapeUtils.escapeJava(path(path)) + '"';
    }

    public Map<String, Map<String, String>> params() {
      return params;
    }

    /** Looks in the path, the query string and the headers, in this order. */
    public String params(String name) {
      for (Map<String, String> group : params.values()) {
        if (group.containsKey(name)) {
          return group.get(name);
        }
      }
      return "";
    }
  }

  /** $util without parseJson. */
  public static final class Util {
    public String escapeJavaScript(String text) {
      return StringEscapeUtils.escapeJavaScript(text);
    }

    /** Throws if a % is not followed by two digits. */
    public String urlDecode(String text) {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    public String urlEncode(String text) {
      return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    public String base64Encode(String text) {
      return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    public String base64Decode(String text) {
      return new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8);
    }
  }
}
