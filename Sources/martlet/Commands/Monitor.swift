import ArgumentParser

struct Monitor: AsyncParsableCommand {
    func run() async throws {}
}
