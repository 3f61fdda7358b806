// Runs Everface and its development tasks from a clone, on a machine that has only Node 20 and npm: installs what is
// missing, then hands over to Node 24. Depends on nothing.
//   node scripts/run.mjs ARGS…          everface ARGS…
//   node scripts/run.mjs --script TASK  a task of the table below
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const stamp = join(modules, '.everface-installed')

/** Tasks: the commands of each, one after the other. `node` is Node 24; others lie in node_modules/.bin. */
const unitTests = [
  'src/**/*.test.ts',
  'simulator/**/*.test.ts',
  'bench/**/*.test.ts',
  'test/*.test.ts',
  'test/probe/*.test.ts',
  'test/cli/*.test.ts',
]
const flowTests = ['test/flows/*.test.ts', 'test/browser/*.test.ts', 'test/chaos/*.test.ts']
/** The element is built by itself: it runs in browsers. */
const elementBuild = [
  '--allowImportingTsExtensions',
  'false',
  '--declaration',
  '--rootDir',
  'src/element',
  '--outDir',
  'dist/src/element',
]
const tasks = {
  test: [
    ['node', '--test', ...unitTests],
    ['node', '--test', '--test-concurrency=1', ...flowTests],
  ],
  types: [
    ['tsc', '-p', '.'],
    ['tsc', '-p', 'src/core'],
    ['tsc', '-p', 'src/element'],
  ],
  lint: [['oxlint', '--deny-warnings']],
  format: [['oxfmt', '.']],
  bench: [['node', 'bench/main.ts']],
  docs: [['node', 'scripts/docs.ts']],
  screenshots: [['node', 'scripts/screenshots.ts']],
  build: [
    ['tsc', '-p', 'tsconfig.build.json'],
    ['tsc', '-p', 'src/element', '--noEmit', 'false', ...elementBuild],
  ],
}
tasks.check = [
  ...tasks.types,
  ...tasks.lint,
  ['oxfmt', '--check', '.'],
  ['node', 'scripts/docs.ts', '--check'],
  ...tasks.test,
]

install()
const node = findNode()
const [first, name, ...rest] = process.argv.slice(2)
if (first === '--script') {
  const commands = tasks[name]
  if (commands === undefined) {
    fail(`There is no task "${name}". Tasks: ${Object.keys(tasks).join(', ')}.`)
  }
  // What was built before and is no more must not be published.
  if (name === 'build') rmSync(join(root, 'dist'), { recursive: true, force: true })
  let worst = 0
  for (const [index, command] of commands.entries()) {
    const last = index === commands.length - 1
    const status = await run(command, last ? rest : [])
    if (status !== 0 && status > worst) worst = status
    // Flows are run although a unit test failed; anything else stops at the first failure.
    if (status !== 0 && name !== 'test') break
  }
  process.exit(worst)
} else {
  // The flag that bin/everface.mjs would start itself anew for.
  const everface = ['node', '--max-semi-space-size=16', join(root, 'bin', 'everface.mjs')]
  process.exit(await run(everface, process.argv.slice(2), process.env.INIT_CWD ?? process.cwd()))
}

function install() {
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted()) return
  process.stderr.write('Installing what Everface needs (once; about half a minute) …\n')
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error']
  // `npm ci` refuses a lock file that was written where the registry shows other platforms' builds: then `npm install`.
  const status = npm(['ci', ...quiet], 'ignore') === 0 ? 0 : npm(['install', ...quiet], 'inherit')
  if (status !== 0) fail('npm could not install the dependencies; its words, if any, stand above.')
  try {
    writeFileSync(stamp, wanted())
  } catch {
    // A clone that cannot be written to is installed already, or npm would have said so.
  }
}

/** What the stamp must say: the two files that decide what is installed, as they are now. */
function wanted() {
  const hash = createHash('sha256')
  for (const name of ['package.json', 'package-lock.json']) {
    const file = join(root, name)
    if (existsSync(file)) hash.update(readFileSync(file))
  }
  return hash.digest('hex')
}

function npm(args, stderr) {
  const windows = process.platform === 'win32'
  const options = { cwd: root, stdio: ['ignore', 'ignore', stderr], shell: windows }
  const { status, error } = spawnSync('npm', args, options)
  if (error !== undefined) fail(`npm could not be started (${error.message}).`)
  return status ?? 1
}

function findNode() {
  const own = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  if (existsSync(own) && spawnSync(own, ['--version']).status === 0) return own
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  return fail(
    `Everface needs Node 24; this is ${process.version} and npm brought none for this machine.`,
  )
}

function run([program, ...args], more, cwd = root) {
  const tool = program === 'node' ? [] : [binOf(program)]
  const child = spawn(node, [...tool, ...args, ...more], {
    cwd,
    stdio: 'inherit',
    env: {
      ...process.env,
      PATH: [dirname(node), join(modules, '.bin'), process.env.PATH].join(delimiter),
    },
  })
  // Ctrl-C reaches the child from the terminal; it decides when to end.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  return new Promise((resolve) => {
    child.on('error', (error) => fail(`${node} could not be started (${error.message}).`))
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)))
  })
}

function binOf(program) {
  const folder = join(modules, program === 'tsc' ? 'typescript' : program)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  return join(folder, typeof bin === 'string' ? bin : bin[program])
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}
