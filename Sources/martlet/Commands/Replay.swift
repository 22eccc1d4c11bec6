import ArgumentParser

struct Replay: AsyncParsableCommand {
    func run() async throws {}
}
