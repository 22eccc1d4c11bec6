import ArgumentParser

struct Compact: AsyncParsableCommand {
    func run() async throws {}
}
