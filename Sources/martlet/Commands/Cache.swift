import ArgumentParser
import MartletCore
import MartletPlatform
import MartletStore

/// Shows what a home keeps, and clears it by a policy.
struct Cache: AsyncParsableCommand, ProjectCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what the project's home keeps and for whom, and remove by a policy what can be made again.",
        discussion: """
            Outputs of steps are kept by content, each part once. With a policy this shows what would go, that which was not used for \
            longest first; with --clear it goes. What releases, artifacts, registered and deployed models need always stays. A step whose \
            outputs are gone stays on record and runs again when they are needed, which 'martlet run --explain' says.

            EXAMPLES
              martlet cache
              martlet cache --max-size 10GiB
              martlet cache --unused 30d --keep-last 3 --clear
            """
    )

    @OptionGroup var options: ProjectOptions

    @Option(help: ArgumentHelp("The most that all may take, as 500MB or 10GiB.", valueName: "size"))
    var maxSize: Size?

    @Option(help: ArgumentHelp("What was not used for longer goes, as 30d or 12h.", valueName: "age"))
    var unused: Age?

    @Option(
        help: ArgumentHelp(
            "What the last so many executions of each step made stays; without another limit all else goes.", valueName: "count"))
    var keepLast: Int?

    @Option(
        help: ArgumentHelp("Leave what was used within so many hours; or days, hours, minutes, as 30d or 2d12h.", valueName: "age"))
    var olderThan = Age(hours: 24)

    @Flag(help: "Remove what the policy finds, rather than only showing it.")
    var clear = false

    private var hasPolicy: Bool { maxSize != nil || unused != nil || keepLast != nil }

    func validate() throws {
        guard (0...1_000_000).contains(keepLast ?? 0) else {
            throw ValidationError("--keep-last: expected 0 to 1000000, found \(keepLast ?? 0)")
        }
        guard hasPolicy || !clear else { throw ValidationError("say what is to go: --max-size, --unused or --keep-last") }
    }

    func run() async throws {
        let platform = try options.platform()
        // What a step that runs has put is mentioned by its record only when it has ended.
        let lock = try clear ? Collect.lock(platform.home.runLockPath, purpose: "martlet cache") : nil
        defer { lock?.release() }
        let cache = ProjectCache(platform)
        let inventory = try await cache.inventory()
        let removal = hasPolicy ? try await policy(cache).plan(inventory, now: .now) : nil
        let freed = clear ? try removal?.carryOut(in: platform.home) : nil
        let report = CacheReport(inventory: inventory, removal: removal, freedBytes: freed)
        Output.result(options.json ? report.json.prettyText : report.lines.joined(separator: "\n"))
    }

    private func policy(_ cache: ProjectCache) async throws -> CachePolicy {
        let onlyLast = maxSize == nil && unused == nil
        return CachePolicy(
            storedBytesMax: maxSize?.bytes, unusedMax: onlyLast ? .zero : unused?.duration, kept: try await cache.kept(last: keepLast ?? 0),
            youth: olderThan.duration)
    }
}

/// A size as people write it: `500MB`, `10GiB`, `1.5 GiB`; a bare number is bytes.
struct Size: ExpressibleByArgument {
    private static let units: [String: Double] = [
        "": 1, "B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KiB": 0x1p10, "MiB": 0x1p20, "GiB": 0x1p30, "TiB": 0x1p40,
    ]

    let bytes: Int

    init?(argument: String) {
        guard let match = argument.wholeMatch(of: #/(\d{1,15}(?:\.\d{1,6})?) ?([KMGT]?i?B?)/#), let value = Double(match.1),
            let unit = Self.units[String(match.2)], value * unit < 0x1p62
        else { return nil }
        bytes = Int(value * unit)
    }
}
