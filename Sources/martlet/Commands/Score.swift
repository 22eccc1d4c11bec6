import ArgumentParser

struct Score: AsyncParsableCommand {
    func run() async throws {}
}
