# ps as macOS has it: -A -a -x -E -w -o -p, and an equals sign in -o takes the
# rest of the argument for the title (POSIX). The environment is shown of
# programs that are not the system's own.
use strict;
use warnings;
use POSIX qw(strftime);

my $proc = $ENV{FAKE_DARWIN_PROC} || '/proc';
my (@columns, %only, $all, $environment);
while (defined(my $word = shift @ARGV)) {
  $word =~ s/^-// or usage($word);
  while ($word ne '') {
    $word =~ s/^(.)//;
    my $option = $1;
    if ($option =~ /[Aaxe]/) { $all = 1 }
    elsif ($option eq 'E') { $environment = 1 }
    elsif ($option eq 'w') { }
    elsif ($option =~ /[op]/) {
      my $value = $word ne '' ? $word : shift @ARGV;
      usage("-$option") unless defined $value;
      $word = '';
      if ($option eq 'p') { $only{$_} = 1 for split /,/, $value; next }
      # What stands behind "=" is the title, to the end of the argument.
      my $title = $value =~ s/=(.*)$//s ? $1 : undef;
      my @names = split /[ \t,]+/, $value;
      push @columns, [$_, uc $_] for @names;
      $columns[-1][1] = $title if defined $title;
    }
    else { usage("-$option") }
  }
}

sub usage { print STDERR "ps: illegal option -- $_[0]\n"; exit 1 }

sub slurp {
  open my $file, '<', $_[0] or return '';
  local $/;
  my $text = <$file>;
  return defined $text ? $text : '';
}

my ($boot) = slurp("$proc/stat") =~ /^btime (\d+)/m;
print join(' ', map { $_->[1] } @columns), "\n" if grep { $_->[1] ne '' } @columns;
my $found = 0;
for my $pid (sort { $a <=> $b } keys %only ? keys %only : map { m{(\d+)$} } glob "$proc/[0-9]*") {
  my $stat = slurp("$proc/$pid/stat");
  next unless $stat =~ /^\d+ \((.*)\) (.*)$/s;
  my ($name, @fields) = ($1, split / /, $2);
  my $exe = readlink "$proc/$pid/exe" || '';
  my @words = split /\0/, slurp("$proc/$pid/cmdline");
  my $command = @words ? join ' ', @words : "($name)";
  # xnu, sysctl_procargsx: not of what carries CS_RESTRICT.
  if ($environment && $exe !~ m{^/(usr/)?s?bin/}) {
    $command .= join '', map { " $_" } split /\0/, slurp("$proc/$pid/environ");
  }
  my %value = (
    pid => $pid, ppid => $fields[1], pgid => $fields[2],
    sess => 0, stat => $fields[0], state => $fields[0],
    lstart => strftime('%a %b %e %H:%M:%S %Y', localtime($boot + int($fields[19] / 100))),
    comm => $exe || $name, command => $command, args => $command,
  );
  print join(' ', map { defined $value{$_->[0]} ? $value{$_->[0]} : usage("o $_->[0]") } @columns), "\n";
  $found = 1;
}
exit($found || !%only ? 0 : 1);
