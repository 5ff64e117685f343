import java.util.List;
import org.codelibs.opensearch.runner.OpenSearchRunner;
import org.opensearch.common.settings.Settings;

/**
 * Starts one OpenSearch node and waits to be killed.
 *
 * Arguments: the base folder, the plugin classes (comma-separated, may be empty), then settings as key=value;
 * key[]=value is a list of one.
 */
final class Launcher {
    public static void main(String[] args) throws Exception {
        var runner = new OpenSearchRunner();
        runner.onBuild((number, settings) -> {
            for (var pair : List.of(args).subList(2, args.length)) {
                set(settings, pair);
            }
        });
        var configs = OpenSearchRunner.newConfigs().basePath(args[0]).clusterName("telesieve-tests").numOfNode(1);
        runner.build(args[1].isEmpty() ? configs : configs.pluginTypes(args[1]));
        Thread.currentThread().join();
    }

    private static void set(Settings.Builder settings, String pair) {
        var key = pair.substring(0, pair.indexOf('='));
        var value = pair.substring(pair.indexOf('=') + 1);
        if (key.endsWith("[]")) {
            settings.putList(key.substring(0, key.length() - 2), value);
        } else {
            settings.put(key, value);
        }
    }
}
