//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::config::{CONSENT, Setting};

/// Deploys SageMaker Studio into a VPC without internet access, and removes it without leftovers
#[derive(Debug, Parser)]
#[command(name = "jumpstart-vpc", version, max_term_width = 100)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// The whole command line. A switch that a file may say can be taken back: `--protect=false`.
pub(super) fn command() -> clap::Command {
    with_values(<Arguments as clap::CommandFactory>::command())
}

fn with_values(command: clap::Command) -> clap::Command {
    command.mut_args(with_value).mut_subcommands(with_values)
}

fn with_value(arg: clap::Arg) -> clap::Arg {
    let may_be_in_a_file = arg.get_long().is_some_and(|long| !CONSENT.contains(&long));
    if !may_be_in_a_file || !matches!(arg.get_action(), clap::ArgAction::SetTrue) {
        return arg;
    }
    arg.action(clap::ArgAction::Set)
        .num_args(0..=1)
        .require_equals(true)
        .default_missing_value("true")
        .default_value("false")
        .value_name("true|false")
        .hide_default_value(true)
        .hide_possible_values(true)
}

/// Examples below the flags of a command.
fn examples(lines: &str) -> String {
    let lines: Vec<String> = lines.lines().map(|line| format!("  {line}")).collect();
    format!("Examples:\n{}", lines.join("\n"))
}

/// Flags of every command
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Every command")]
pub struct Global {
    /// Name of the environment; without it, only one that you own is touched
    #[arg(long, global = true, env = "JUMPSTART_VPC_NAME", value_name = "NAME")]
    pub name: Option<String>,
    /// Region; otherwise as the AWS CLI would choose it
    #[arg(long, global = true)]
    pub region: Option<String>,
    /// Profile of the AWS configuration
    #[arg(long, global = true)]
    pub profile: Option<String>,
    /// The only account that may be touched
    #[arg(long, global = true, env = "JUMPSTART_VPC_ACCOUNT", value_name = "ID")]
    pub account: Option<String>,
    /// Folder with a stacks.toml and its templates, instead of the built-in set
    #[arg(long, global = true, value_name = "DIR")]
    pub stacks: Option<PathBuf>,
    /// KEY=VALUE for the manifest's ${param.KEY}; STACK.KEY=VALUE for a template's own parameter
    #[arg(long = "parameter", global = true, value_name = "KEY=VALUE")]
    pub parameters: Vec<String>,
    /// Role that CloudFormation works with
    #[arg(long, global = true, value_name = "ARN")]
    pub cfn_role_arn: Option<String>,
    /// How progress is shown
    #[arg(long, global = true, value_enum, default_value_t = OutputKind::Auto)]
    pub output: OutputKind,
    /// When to give up: up 1h, down 2h unless told
    #[arg(long, global = true, value_name = "DURATION")]
    pub timeout: Option<String>,
    /// Do not ask; data needs more than this
    #[arg(short, long, global = true)]
    pub yes: bool,
    /// Only the result; where you are asked, also the plan and warnings
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Every call to AWS, with its time and request id; twice: the SDK's own log too
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Write the run as a page: its timeline, events, hints and what remains
    #[arg(long, global = true, value_name = "FILE.html")]
    pub report: Option<PathBuf>,
    /// File with flags and parameters; otherwise jumpstart-vpc.toml in the working folder, where there is one
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where each value came from.
    #[arg(skip)]
    pub settings: Vec<Setting>,
    /// Whether the command asks before it begins, where somebody is there to answer.
    #[arg(skip)]
    pub asks: bool,
    /// How fast the tool's clock runs; only against a simulator
    #[arg(long, global = true, hide = true, env = "JUMPSTART_VPC_CLOCK_SCALE")]
    pub clock_scale: Option<String>,
}

/// How progress is shown
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputKind {
    /// For people; plain where there is no terminal
    Auto,
    /// A live view, where standard error is a terminal
    Live,
    /// Plain timed lines
    Lines,
    /// One JSON object a line, on stdout
    Json,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Deploy the stacks, in order, and wait for them
    #[command(after_help = examples("jumpstart-vpc up --name demo\njumpstart-vpc up --name ci-$RUN --yes --output json\njumpstart-vpc up --name demo --parameter VpcCidr=10.9.0.0/16 --report up.html"))]
    Up(Up),
    /// Remove everything of an environment, CloudFormation's leftovers included
    #[command(after_help = examples("jumpstart-vpc down --name demo\njumpstart-vpc down --name demo --yes --delete-spaces\njumpstart-vpc down --name ci-$RUN --force --output json"))]
    Down(Down),
    /// Show what `up` or `down` would do
    #[command(after_help = examples("jumpstart-vpc plan up --name demo\njumpstart-vpc plan down --name demo --output json"))]
    Plan(Plan),
    /// Explain a hint, or list them all
    #[command(after_help = examples("jumpstart-vpc explain\njumpstart-vpc explain quota-domains"))]
    Explain(Explain),
    /// Serve a simulated AWS on a loopback port
    #[command(after_help = examples("jumpstart-vpc simulator --port 4566 --speed 60\nAWS_ENDPOINT_URL=http://127.0.0.1:4566 JUMPSTART_VPC_CLOCK_SCALE=60 jumpstart-vpc up --yes"))]
    #[cfg(feature = "simulator")]
    Simulator(Simulator),
    /// Run a whole life, up and down, on a simulated AWS; no account, no cost
    #[command(after_help = examples("jumpstart-vpc rehearse\njumpstart-vpc rehearse --users 10 --speed max --report rehearsal.html"))]
    #[cfg(feature = "simulator")]
    Rehearse(Rehearse),
    /// Print completions for a shell
    #[command(after_help = examples("jumpstart-vpc completions bash > ~/.local/share/bash-completion/completions/jumpstart-vpc"))]
    Completions(Completions),
    /// Print the manual page, or write one for each command
    #[command(after_help = examples("jumpstart-vpc man | man -l -\njumpstart-vpc man --folder ~/.local/share/man/man1"))]
    Man(Man),
    /// Draw VPC, subnets, groups, endpoints and Studio
    #[command(after_help = examples("jumpstart-vpc diagram --name demo\njumpstart-vpc diagram --name demo --svg demo.svg"))]
    Diagram(Diagram),
    /// Show what happened to the environment's stacks, deleted ones too; with --stacks also those that have names of
    /// their own
    #[command(after_help = examples("jumpstart-vpc events --name demo\njumpstart-vpc events --name demo --report demo.html\njumpstart-vpc events --name demo --output json | jq -r 'select(.status // \"\" | endswith(\"FAILED\"))'"))]
    Events,
    /// Show a recorded stream of JSON lines again
    #[command(hide = true)]
    Replay(Replay),
}

impl Command {
    /// Whether `jumpstart-vpc.toml` has a say: only where an environment in an account is meant.
    pub fn reads_file(&self) -> bool {
        match self {
            Command::Up(_)
            | Command::Down(_)
            | Command::Plan(_)
            | Command::Diagram(_)
            | Command::Events => true,
            Command::Explain(_)
            | Command::Completions(_)
            | Command::Man(_)
            | Command::Replay(_) => false,
            #[cfg(feature = "simulator")]
            Command::Simulator(_) | Command::Rehearse(_) => false,
        }
    }
}

#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Clone, Debug, Default, Args)]
pub struct Up {
    /// Let a change replace a domain, a VPC or a subnet, and lose what is in it
    #[arg(long)]
    pub allow_replacement: bool,
    /// What becomes of a stack that fails
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = OnFailure::Rollback)]
    pub on_failure: OnFailure,
    /// Skip the checks before the first write
    #[arg(long)]
    pub no_preflight: bool,
    /// Turn termination protection on for every stack
    #[arg(long)]
    pub protect: bool,
    /// Make user profiles participant-001 to participant-N
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=9999))]
    pub users: Option<u32>,
    /// Make a user profile of this name; may be repeated
    #[arg(long = "user", value_name = "NAME", num_args = 1..)]
    pub user: Vec<String>,
    /// Make the user profiles that this file names, one a line
    #[arg(long, value_name = "FILE")]
    pub users_file: Option<PathBuf>,
    /// Delete profiles that earlier runs made and nobody names any more
    #[arg(long)]
    pub prune_users: bool,
    /// Start this app for each of them, in a private space
    #[arg(long, value_enum, value_name = "APP")]
    pub starter_app: Option<StarterApp>,
    /// Write the outputs for a workflow of GitHub, into the file that GITHUB_OUTPUT names
    #[arg(long)]
    pub github_output: bool,
}

/// An app that participants find running
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StarterApp {
    #[value(name = "jupyterlab")]
    JupyterLab,
}

/// What becomes of a stack that fails
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OnFailure {
    /// It goes back to what it was before
    #[default]
    Rollback,
    /// What was made stays, to be looked at
    Keep,
    /// As rollback, and the empty stack is removed
    Delete,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Clone, Debug, Default, Args)]
pub struct Down {
    /// The same as --yes --delete-data
    #[arg(long)]
    pub force: bool,
    /// Delete spaces with their volumes
    #[arg(long)]
    pub delete_spaces: bool,
    /// Delete the home volume; with an id, that kept volume
    #[arg(long, value_name = "FS-ID", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub delete_efs: Option<String>,
    /// Delete spaces and the home volume
    #[arg(long)]
    pub delete_data: bool,
    /// Keep the home volume, whatever else is said
    #[arg(long)]
    pub keep_efs: bool,
    /// Treat what is only located in our VPC as ours
    #[arg(long)]
    pub include_located: bool,
    /// Take policies off our roles that somebody attached by hand; --force does it too
    #[arg(long)]
    pub detach_policies: bool,
    /// Delete the logs of our endpoints, jobs and domain too
    #[arg(long)]
    pub delete_logs: bool,
    /// Remove what is left of this domain, where no stack of ours names it any more
    #[arg(long, value_name = "ARN")]
    pub domain_arn: Option<String>,
    /// Show the plan and stop, as `plan down` does
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Clone, Debug, Args)]
pub struct Plan {
    #[command(subcommand)]
    pub direction: PlanDirection,
}

#[derive(Clone, Debug, Subcommand)]
pub enum PlanDirection {
    /// What `up` would do
    #[command(after_help = examples("jumpstart-vpc plan up --name demo\njumpstart-vpc plan up --name demo --validate -v"))]
    Up(PlanUp),
    /// What `down` would do
    #[command(after_help = examples("jumpstart-vpc plan down --name demo\njumpstart-vpc plan down --name demo --force --output json | jq '.steps[] | select(.destroys_data)'"))]
    Down(Down),
}

#[derive(Clone, Debug, Args)]
pub struct PlanUp {
    #[command(flatten)]
    pub up: Up,
    /// Let CloudFormation compute the changes too: change sets are made and removed again
    #[arg(long)]
    pub validate: bool,
}

#[derive(Clone, Debug, Args)]
pub struct Explain {
    /// Id of the hint
    pub id: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub struct Completions {
    pub shell: clap_complete::Shell,
}

#[cfg(feature = "simulator")]
#[derive(Clone, Debug, Args)]
pub struct Simulator {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// Simulated seconds in a second
    #[arg(long, default_value_t = 1.0)]
    pub speed: f64,
    /// What durations and faults are drawn from
    #[arg(long)]
    pub seed: Option<u64>,
    /// First world, faults, switches and durations, as TOML
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// Go on with the world in this file where there is one, and keep it there
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
}

#[cfg(feature = "simulator")]
#[derive(Clone, Debug, Args)]
pub struct Rehearse {
    /// Participants, each with a space and an app
    #[arg(long, default_value_t = 1)]
    pub users: u32,
    /// Simulated seconds in a second, or `max`
    #[arg(long, default_value = "300")]
    pub speed: String,
    /// What durations and faults are drawn from
    #[arg(long)]
    pub seed: Option<u64>,
    /// First world, faults, switches and durations, as TOML
    #[arg(long, value_name = "FILE")]
    pub scenario: Option<PathBuf>,
    /// Keep the home volume
    #[arg(long)]
    pub keep_efs: bool,
}

#[derive(Clone, Debug, Args)]
pub struct Replay {
    /// Output of a run with --output json
    pub file: PathBuf,
    /// Recorded seconds in a second, or `max`
    #[arg(long, default_value = "60")]
    pub speed: String,
}

#[derive(Clone, Debug, Args)]
pub struct Man {
    /// Write the pages of all commands there
    #[arg(long, value_name = "DIR")]
    pub folder: Option<PathBuf>,
}

#[derive(Clone, Debug, Args)]
pub struct Diagram {
    /// Write it as a picture
    #[arg(long, value_name = "FILE.svg")]
    pub svg: Option<PathBuf>,
}
